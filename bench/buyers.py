"""Feedbacks in Wildberries' own shape, as a shop of some age has them."""

import random
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.words import BUYERS, GOODS, sentence

NOW = datetime(2026, 11, 20, tzinfo=UTC)
AGE = timedelta(days=3 * 365)
COMPLAINING = (0.11, 0.05, 0.09, 0.10, 0.65)
CONTENT = (0.04, 0.02, 0.03, 0.06, 0.85)
PRODUCTS = 400
_ID = string.ascii_letters + string.digits
_SIZES, _COLORS = ("42", "44", "46", "48", "50", "0"), ("чёрный", "белый", "бежевый", "синий", "хаки")


@dataclass(frozen=True, slots=True)
class Buyers:
    """Who writes to one shop; the same seed writes the same."""

    dice: random.Random
    ratings: tuple[float, ...]
    first_product: int = 150_000_000

    def feedback(self) -> dict[str, Any]:
        """One feedback, answered if it is old enough and the seller was in the mood."""
        dice = self.dice
        written = NOW - AGE * (dice.random() ** 1.5)
        rating = dice.choices((1, 2, 3, 4, 5), self.ratings)[0]
        silent = dice.random() < (0.35 if rating == 5 else 0.1)
        photos = [] if silent or dice.random() < 0.75 else [_photo(dice) for _ in range(dice.randint(1, 4))]
        made = {
            "id": "".join(dice.choices(_ID, k=20)),
            "text": "" if silent else self._words(6, 60),
            "pros": "" if silent or dice.random() < 0.5 else self._words(2, 15),
            "cons": "" if silent or dice.random() < 0.7 else self._words(2, 15),
            "productValuation": rating,
            "createdDate": written.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "answer": None,
            "state": "wbRu",
            "productDetails": self._product(),
            "photoLinks": photos or None,
            "video": None,
            "wasViewed": True,
            "userName": dice.choice(BUYERS),
            "orderStatus": dice.choices(("buyout", "rejected", "returned"), (90, 6, 4))[0],
            "matchingSize": dice.choice(("", "ok", "smaller", "bigger")),
            "isAbleSupplierFeedbackValuation": rating < 4,
            "supplierFeedbackValuation": 0,
            "isAbleSupplierProductValuation": False,
            "supplierProductValuation": 0,
            "isAbleReturnProductOrders": False,
            "returnProductOrdersDate": None,
            "bables": dice.sample(["цена", "качество", "внешний вид", "упаковка"], k=dice.randint(0, 2)) or None,
            "lastOrderShkId": dice.randrange(10**10, 10**11),
            "lastOrderCreatedAt": (written - timedelta(days=dice.randint(1, 20))).isoformat().replace("+00:00", "Z"),
            "color": dice.choice(_COLORS),
            "subjectId": dice.randrange(1, 500),
            "subjectName": "Товары",
            "parentFeedbackId": None,
            "childFeedbackId": None,
        }
        if dice.random() < _answered_share(written, silent=silent):
            made["answer"] = {"text": f"Здравствуйте! {self._words(10, 40)}", "state": "wbRu", "editable": False}
        return made

    def _words(self, low: int, high: int) -> str:
        return sentence(self.dice, min(high, max(low, int(self.dice.lognormvariate(2.6, 0.7)))))

    def _product(self) -> dict[str, Any]:
        number = int(PRODUCTS * self.dice.random() ** 3)
        return {
            "imtId": self.first_product * 2 + number // 3,
            "nmId": self.first_product + number,
            "productName": GOODS[number % len(GOODS)],
            "supplierArticle": f"art-{number:04}",
            "supplierName": "ООО Тёплые вещи",
            "brandName": "Тепло",
            "size": self.dice.choice(_SIZES),
        }


def _answered_share(written: datetime, *, silent: bool) -> float:
    fresh = NOW - written < timedelta(days=7)
    return 0.05 if fresh else 0.55 if silent else 0.93


def _photo(dice: random.Random) -> dict[str, str]:
    base = f"https://feedback0{dice.randint(1, 9)}.wbbasket.ru/vol{dice.randrange(3000)}/part{dice.randrange(300000)}"
    key = dice.randrange(10**9)
    return {"fullSize": f"{base}/{key}/photos/fs.webp", "miniSize": f"{base}/{key}/photos/ms.webp"}
