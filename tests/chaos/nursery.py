"""`python -m tests.chaos.nursery`: workers in no time. Everything is imported once; each line on stdin forks one.

A forked worker runs the same `main()` as `python -m app.worker.main`, in a process of its own that can be killed.
"""

import os
import signal
import sys

from app.worker.main import main

children: set[int] = set()


def fork_worker(log_path: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.setsid()
    status = 1
    try:
        main()
        status = 0
    except BaseException as error:
        sys.stderr.write(f"worker died: {error!r}\n")
    finally:
        os._exit(status)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not kept as zombies
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        born = fork_worker(line.strip())
        children.add(born)
        print(born, flush=True)  # noqa: T201
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue
