"""Keeps the world in one JSON file: all but the ledger, the rate limits, the faults and the LLM script."""

import asyncio
import json
import os
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from simulator.chats.keeping import dump_room, load_room
from simulator.feedback import Answer, Feedback, Product
from simulator.knobs import Knobs
from simulator.pins.board import Board, Pin
from simulator.questions.keeping import question_of, row_of
from simulator.shape import Oddity
from simulator.world import Seller, World

PAUSE = 2.0
# A large world takes long to write: then it is written more seldom, so that calls are not held up.
PATIENCE = 20
FIELDS = [field.name for field in fields(Feedback)]


def dump(world: World) -> dict[str, Any]:
    return {
        "clock": world.clock.dump(),
        "knobs": world.knobs.model_dump(),
        "oddities": sorted(world.oddities),
        "revoked": sorted(world.revoked),
        "verdicts": world.moderation.ordered,
        "sellers": [_dump_seller(seller) for seller in world.sellers.values()],
    }


def load(world: World, saved: dict[str, Any]) -> None:
    world.clock.load(saved["clock"])
    world.knobs = Knobs.model_validate(saved["knobs"])
    world.oddities = frozenset(Oddity(name) for name in saved["oddities"])
    world.revoked = set(saved["revoked"])
    world.moderation.ordered = saved["verdicts"]
    for row in saved["sellers"]:
        _load_seller(world, row)


def write(world: World, path: Path) -> None:
    """Whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(to_json(dump(world)))
    os.replace(draft, path)


def read(world: World, path: Path) -> None:
    if path.exists():
        load(world, json.loads(path.read_bytes()))


async def keep_writing(world: World, path: Path) -> None:
    written = world.changed
    while True:
        await asyncio.sleep(PAUSE)
        if world.changed == written:
            continue
        began, written = time.monotonic(), world.changed
        write(world, path)
        await asyncio.sleep((time.monotonic() - began) * PATIENCE)


def _dump_seller(seller: Seller) -> dict[str, Any]:
    return {
        "sid": seller.sid,
        "oid": seller.oid,
        "name": seller.name,
        "arrivals": [seller.arrivals.since, seller.arrivals.number],
        "feedbacks": [_row(feedback) for feedback in seller.book.feedbacks.values()],
        "gone": [_row(feedback) for feedback in seller.book.gone.values()],
        "products": seller.products,
        "asking": [seller.asking.since, seller.asking.number],
        "talking": [seller.talking.since, seller.talking.number],
        "questions": [row_of(question) for question in seller.questions.questions.values()],
        "questions_gone": [row_of(question) for question in seller.questions.gone.values()],
        "room": dump_room(seller.room),
        "board": asdict(seller.board),
    }


def _load_seller(world: World, row: dict[str, Any]) -> None:
    seller = world.seller(row["sid"])
    seller.oid, seller.name = row["oid"], row["name"]
    seller.arrivals.since, seller.arrivals.number = row["arrivals"]
    products = {one["nm_id"]: _product(one) for one in row["products"]}
    seller.products = list(products.values())
    feedbacks = [_feedback(one, products) for one in row["feedbacks"]]
    seller.book.gone = {one[0]: _feedback(one, products) for one in row["gone"]}
    seller.book.add_many(feedbacks, knobs=world.knobs, now=world.clock.now())
    if "room" in row:
        _load_talks(world, seller, row, products)


def _load_talks(world: World, seller: Seller, row: dict[str, Any], products: dict[int, Product]) -> None:
    """A file of the days when there were only feedbacks has none of this."""
    seller.asking.since, seller.asking.number = row["asking"]
    seller.talking.since, seller.talking.number = row["talking"]
    questions = [question_of(one, products) for one in row["questions"]]
    seller.questions.add_many(questions, knobs=world.knobs, now=world.clock.now())
    seller.questions.gone = {one["id"]: question_of(one, products) for one in row["questions_gone"]}
    load_room(seller.room, row["room"])
    board = row["board"]
    pins = {int(pin_id): Pin(**pin) for pin_id, pin in board["pins"].items()}
    seller.board = Board(pins, board["errors"], board["ids_given"])


def _product(row: dict[str, Any]) -> Product:
    return Product(**row | {"sizes": tuple(row["sizes"]), "colors": tuple(row["colors"])})


def _row(feedback: Feedback) -> list[Any]:
    return [feedback.product.nm_id if name == "product" else getattr(feedback, name) for name in FIELDS]


def _feedback(row: list[Any], products: dict[int, Product]) -> Feedback:
    values = dict(zip(FIELDS, row, strict=True))
    answer = values["answer"]
    values |= {
        "product": products[values["product"]],
        "answer": Answer(**answer) if answer else None,
        "shelf": 0,
    }
    return Feedback(**values)
