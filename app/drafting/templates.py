"""Answers without a model: the seller's templates or ours, the same feedback always getting the same one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.drafting.choosing import shuffled
from app.drafting.default_templates import LOW, LOW_BARE, MIDDLE, MIDDLE_BARE, TOP, TOP_BARE
from app.drafting.linter import blocks, lint
from app.drafting.names import first_name
from app.drafting.ports import Draft, DraftRequest
from app.kit.errors import Invalid

TEMPLATE_WRITER = "template"
_FIELD = re.compile(r"\{([^{}]*)\}")
_FIELDS = ("name", "product", "brand")
# An address stands between commas or marks, so it can be left out when the name is unknown.
_ADDRESSED = re.compile(r"(?:^|(?<=[.!?…] )|(?<=\n))\{name\},\s*(\w)|,\s*\{name\}(?=[!.?…]|$)|,\s*\{name\}(,)\s*(\w+)")
_CONJUNCTIONS = {"что", "если", "когда", "чтобы", "как", "но", "а", "поскольку", "потому"}
_SAMPLE = {"name": "Анна", "product": "Платье летнее", "brand": "Ромашка"}


class Bucket(StrEnum):
    """Which templates a feedback draws from; the bare ones are for a rating without words."""

    LOW = "1-3"
    MIDDLE = "4"
    TOP = "5"
    LOW_BARE = "1-3-bare"
    MIDDLE_BARE = "4-bare"
    TOP_BARE = "5-bare"

    @classmethod
    def of(cls, request: DraftRequest) -> "Bucket":
        worded = cls.LOW if request.rating <= 3 else cls.MIDDLE if request.rating == 4 else cls.TOP
        return worded if request.buyer_words else cls(f"{worded}-bare")

    @property
    def worded(self) -> "Bucket":
        """The same rating with words."""
        return Bucket(self.removesuffix("-bare"))


DEFAULTS: Mapping[Bucket, tuple[str, ...]] = {
    Bucket.LOW: LOW,
    Bucket.MIDDLE: MIDDLE,
    Bucket.TOP: TOP,
    Bucket.LOW_BARE: LOW_BARE,
    Bucket.MIDDLE_BARE: MIDDLE_BARE,
    Bucket.TOP_BARE: TOP_BARE,
}


class BadTemplate(Invalid):
    code = "BAD_TEMPLATE"
    message = "Шаблон составлен неверно."


@dataclass(frozen=True, slots=True)
class TemplateWriter:
    """Works offline; a bucket the seller left empty is filled by the worded bucket of his, then by ours."""

    templates: Mapping[str, Sequence[str]] = field(default_factory=dict)

    async def write(self, request: DraftRequest) -> Draft:
        bucket = Bucket.of(request)
        values = _values(request)
        text, variant = self._first_fitting(bucket, request, values)
        return Draft(text=text, writer=TEMPLATE_WRITER, variant=variant)

    def _first_fitting(self, bucket: Bucket, request: DraftRequest, values: dict[str, str]) -> tuple[str, str]:
        candidates = [
            (fill(template, values), f"{origin}#{number}")
            for origin, texts in self._pools(bucket)
            for number, template in shuffled(list(enumerate(texts, start=1)), seed=request.wb_id)
            if all(values[name] for name in _FIELD.findall(template) if name != "name")
        ]
        fresh = (candidate for candidate in candidates if candidate[0] != request.answered_before)
        return next(fresh, candidates[0])

    def _pools(self, bucket: Bucket) -> list[tuple[str, Sequence[str]]]:
        own = self.templates.get(bucket) or self.templates.get(bucket.worded) or ()
        return [(f"own:{bucket}", own), (f"default:{bucket}", DEFAULTS[bucket])]


def fill(template: str, values: Mapping[str, str]) -> str:
    """Puts the values in at once, so a value that looks like a placeholder stays as it is."""
    spoken = template if values["name"] else _ADDRESSED.sub(_unaddressed, template)
    return _FIELD.sub(lambda place: values[place.group(1)], spoken).strip()


def validate_templates(templates: Mapping[str, Sequence[str]]) -> None:
    """Refuses what would fail later: an unknown bucket or placeholder, or words the linter blocks."""
    for bucket, texts in templates.items():
        if bucket not in set(Bucket):
            raise BadTemplate(f"Неизвестная группа шаблонов «{bucket}». Есть: {', '.join(Bucket)}.")
        for number, template in enumerate(texts, start=1):
            _validate(template, place=f"Шаблон {number} для оценки {bucket}")


def _validate(template: str, *, place: str) -> None:
    for name in _FIELD.findall(template):
        if name not in _FIELDS:
            raise BadTemplate(f"{place}: неизвестная подстановка {{{name}}}. Есть {{name}}, {{product}}, {{brand}}.")
    if "{name}" in _ADDRESSED.sub("", template):
        raise BadTemplate(f"{place}: отделите {{name}} запятой, как в «{{name}}, здравствуйте!».")
    if re.search(r"[{}]", _FIELD.sub("", template)):
        raise BadTemplate(f"{place}: лишняя фигурная скобка.")
    findings = lint(fill(template, _SAMPLE))
    if blocks(findings):
        raise BadTemplate(f"{place}: {findings[0].message.lower()} («{findings[0].excerpt}»).")


def _values(request: DraftRequest) -> dict[str, str]:
    return {
        "name": first_name(request.buyer_name),
        "product": " ".join(request.product_name.split()),
        "brand": " ".join(request.brand_name.split()),
    }


def _unaddressed(place: re.Match[str]) -> str:
    """«{name}, спасибо» → «Спасибо»; «Спасибо, {name}, что» keeps the one comma grammar asks for."""
    opening, comma, following = place.groups()
    if opening:
        return str(opening).upper()
    if comma:
        return f", {following}" if following in _CONJUNCTIONS else f" {following}"
    return ""
