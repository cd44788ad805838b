"""Questions as rows of the state file."""

from dataclasses import asdict, fields
from typing import Any

from simulator.feedback import Product
from simulator.questions.question import Question, QuestionAnswer

NAMES = [field.name for field in fields(Question) if field.name not in ("product", "answer")]


def row_of(question: Question) -> dict[str, Any]:
    row = {name: getattr(question, name) for name in NAMES}
    answer = asdict(question.answer) if question.answer else None
    return row | {"product": question.product.nm_id, "answer": answer}


def question_of(row: dict[str, Any], products: dict[int, Product]) -> Question:
    answer = QuestionAnswer(**row["answer"]) if row["answer"] else None
    return Question(**row | {"product": products[row["product"]], "answer": answer})
