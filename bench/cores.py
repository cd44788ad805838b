"""Client, server and database on a few cores together, as the performance table has them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from bench.cluster import Connection


@contextmanager
def on_cores(count: int, postmaster: int) -> Iterator[None]:
    """This process with its children, and the whole cluster, until the end; 0 leaves all as it is."""
    mine = os.sched_getaffinity(0)
    if not count or count >= len(mine):
        yield
        return
    chosen = sorted(mine)[:count]
    cluster = _cluster(postmaster)
    if not cluster:
        print("the database is not on this machine: it keeps its own cores", file=sys.stderr)
    _pin([psutil.Process(), *cluster], chosen)
    try:
        yield
    finally:
        _pin([psutil.Process(), *_cluster(postmaster)], sorted(mine))


async def postmaster_of(url: str) -> int:
    """The cluster's first process; 0 if it is not on this machine."""
    async with Connection(url) as connection:
        with suppress(psutil.Error):
            parent = psutil.Process(connection.get_server_pid()).parent()
            return parent.pid if parent else 0
    return 0


def _cluster(postmaster: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        if postmaster and (process := psutil.Process(postmaster)).name().startswith("postgres"):
            return [process, *process.children(recursive=True)]
    return []


def _pin(processes: list[psutil.Process], cores: list[int]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.cpu_affinity(cores)
