"""What was measured of one work, and the tables it is shown in."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.extension_goals import GOALS
from bench.extension_replay import Program
from bench.load import Timing
from bench.report import Row, output

SHOWN = {
    "requests a second": ("case", "ours/s", "plain/s", "json/s", "sql/s"),
    "share of bare HTTP": ("case", "share", "json share", "goal", "by times", "met", "MB", "bytes", "statements"),
    "milliseconds at 1 connection": ("case", "ours p50", "plain p50", "json p50", "sql p50", "ours p99", "sql p99"),
    "milliseconds of CPU a request, at 8": ("case", "ours cpu", "ours db", "plain cpu", "plain db", "json cpu"),
}


@dataclass(slots=True)
class Measured:
    """Of one work by one of ours, plain, json and sql: timings by load, and seconds of CPU a request."""

    timings: dict[int, list[Timing]] = field(default_factory=dict)
    server: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def per_second(self, load: int) -> float:
        """The median of the repeats, as the others."""
        return round(median(each.per_second for each in self.timings[load]), 1)

    def p50(self, load: int) -> float:
        return round(median(each.p50 for each in self.timings[load]), 2)

    def p99(self, load: int) -> float:
        return round(median(each.p99 for each in self.timings[load]), 2)


def row(name: str, measured: Mapping[str, Measured], loads: Sequence[int], programs: Sequence[Program]) -> Row:
    """Our share of bare HTTP at each load; it is met, or not, at the highest, as the table has it."""
    made: Row = {"case": name}
    for load in loads:
        for kind, each in measured.items():
            made[f"{kind}/s x{load}"] = each.per_second(load)
        made[f"share x{load}"] = _share(measured, "plain", load)
    made["json share"] = _share(measured, "json", max(loads))
    for kind, each in measured.items():
        made[f"{kind} p50"], made[f"{kind} p99"] = each.p50(min(loads)), each.p99(min(loads))
        if each.server:
            made[f"{kind} cpu"] = round(1000 * median(each.server), 2)
            made[f"{kind} db"] = round(1000 * median(each.database), 2)
    made["statements"], made["bytes"] = len(programs[0].statements), len(programs[0].answer)
    if goal := GOALS.get(name):
        met = _share(measured, "plain", max(loads)) >= goal.share
        made |= {"goal": goal.share, "by times": goal.by_times, "met": met}
    return made


def show(title: str, rows: Sequence[Row], asked: argparse.Namespace) -> None:
    """One object for programs; for people some tables that fit a screen."""
    if asked.json:
        output(title, rows, asked)
        return
    for what, columns in SHOWN.items():
        some = [{name: value for name, value in each.items() if name.split(" x")[0] in columns} for each in rows]
        output(f"{title}: {what}", [each for each in some if len(each) > 1], asked)


def _share(measured: Mapping[str, Measured], than: str, load: int) -> float:
    if than not in measured:
        return 0.0
    return round(measured["ours"].per_second(load) / measured[than].per_second(load), 2)
