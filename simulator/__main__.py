"""`python -m simulator`: one process, loopback unless told otherwise."""

import argparse
from pathlib import Path

import uvicorn

from simulator.app import create_app
from simulator.drop import DroppableProtocol
from simulator.options import Options


def main() -> None:
    chosen = _arguments()
    options = Options(
        speed=chosen.speed,
        frozen=chosen.frozen,
        seed=chosen.seed,
        state_file=chosen.state,
        arrivals_per_minute=chosen.arrivals_per_minute,
        questions_per_minute=chosen.questions_per_minute,
        chat_messages_per_minute=chosen.chat_messages_per_minute,
    )
    uvicorn.run(
        create_app(options),
        host=chosen.host,
        port=chosen.port,
        http=DroppableProtocol,
        log_level=chosen.log_level,
        access_log=False,
        timeout_graceful_shutdown=0,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="Wildberries and an LLM provider, simulated.")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds in a real one")
    parser.add_argument("--frozen", action="store_true", help="the clock moves only by hand")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, help="keep the world in this file")
    parser.add_argument("--arrivals-per-minute", type=float, default=0.0, help="new feedbacks of every seller")
    parser.add_argument("--questions-per-minute", type=float, default=0.0)
    parser.add_argument("--chat-messages-per-minute", type=float, default=0.0)
    parser.add_argument("--log-level", default="warning")
    return parser.parse_args()


if __name__ == "__main__":
    main()
