"""`bench/chaos --kills 1000 --feedbacks 2000`: the chaos test for longer; prints JSON, exit 1 on any violation."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from app.cli.schema import temporary_database
from bench.cluster import cluster_url
from tests.chaos.storm import storm


def main() -> int:
    asked = _arguments()
    logs = Path(tempfile.mkdtemp(prefix="wbrm-chaos-"))

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    say(f"logs: {logs}")
    with temporary_database(cluster_url()) as url:
        result = asyncio.run(storm(url, logs, feedbacks=asked.feedbacks, kills=asked.kills, seed=asked.seed, say=say))
    print(json.dumps({**asdict(result), "good": result.good, "seed": asked.seed}, indent=2))
    return 0 if result.good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--feedbacks", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
