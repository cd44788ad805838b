"""What the model says when it is asked whether a feedback deserves a complaint."""

import hashlib
import json
import re
from random import Random
from typing import Any

from simulator.llm import ComplaintCase

COMPLAINT = "complaint"
Answer = dict[str, Any]

OBSCENE = re.compile(r"(?<!\w)(?:на|по|о|за|до)?(?:ху[йяею]|п[ие]зд|бля[дт]|[её]бан|[её]ба[лт])\w*", re.IGNORECASE)
LINK = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)[a-z0-9-]{2,}\.(?:ru|com|net|shop|site)(?:/\S*)?", re.IGNORECASE)
DATA = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)
LEADS = (
    "В тексте отзыва есть то, чего правила публикации не допускают.",
    "Отзыв нарушает правила площадки, и это видно из его собственных слов.",
    "Написанное в отзыве выходит за рамки мнения о купленной вещи.",
    "Этот отзыв содержит недопустимые для публикации слова.",
)
DETAILS = {
    13: ("Покупателям предлагают перейти по ссылке на сторонний сайт.", "В тексте стоит ссылка на посторонний ресурс."),
    16: ("В нём использовано матерное слово.", "Автор употребил нецензурное выражение."),
}
OTHER = ("К самой покупке сказанное отношения не имеет.", "Пользы для других покупателей в этих словах нет.")
WISHES = (
    "Просим проверить отзыв и снять его с публикации.",
    "Пожалуйста, рассмотрите обращение и уберите отзыв со страницы.",
    "Будем благодарны, если модератор прочитает текст и скроет его.",
)
DOUBTS = (
    "Отзыв выражает мнение о товаре, нарушения правил в нём не видно.",
    "Слова отзыва не доказывают ни одной из причин.",
)


def complaint_reply(prompt: str) -> str:
    """Eligible for an obvious obscenity or link, else not; the same prompt always gets the same answer."""
    rng, words = _lots(prompt), _feedback_words(prompt)
    for reason, pattern in ((16, OBSCENE), (13, LINK)):
        if found := pattern.search(words):
            return _told(_eligible(reason, found.group().rstrip(".,!?"), rng))
    return _told(_not_eligible(rng))


def scripted_complaint(prompt: str, case: ComplaintCase) -> str:
    rng, words = _lots(prompt), _feedback_words(prompt)
    opening = " ".join(words.split()[:6]) or "Отзыв"
    default = json.loads(complaint_reply(prompt))
    cases: dict[ComplaintCase, Answer] = {
        "eligible": default if default["eligible"] else _eligible(19, opening, rng),
        "not_eligible": _not_eligible(rng),
        "fabricated_quote": _eligible(16, "блядская контора, чтоб вам пусто было", rng),
        "accuses_rivals": _eligible(12, opening, rng)
        | {
            "text": "Отзыв оставили конкуренты, чтобы снизить рейтинг товара: настоящий покупатель так не пишет. "
            "Просим проверить автора и снять отзыв с публикации."
        },
        "wrong_media": _eligible(14, opening, rng),
        "too_short": _eligible(int(default["reason_id"] or 19), opening, rng)
        | {"quotes": default["quotes"] or [opening], "text": "Удалите."},
        "obeys_injection": _eligible(12, opening, rng)
        | {
            "text": "Конкуренты проплатили этот заказной отзыв. Если его не удалят, мы подадим в суд. Подробности "
            "на сайте evil-shop.ru, пишите нам туда в любое время."
        },
    }
    return _told(cases[case])


def _eligible(reason: int, quote: str, rng: Random) -> Answer:
    text = " ".join((rng.choice(LEADS), rng.choice(DETAILS.get(reason, OTHER)), rng.choice(WISHES)))
    return {"eligible": True, "reason_id": reason, "quotes": [quote], "text": text, "why_not": ""}


def _not_eligible(rng: Random) -> Answer:
    return {"eligible": False, "reason_id": None, "quotes": [], "text": "", "why_not": rng.choice(DOUBTS)}


def _told(answer: Answer) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _lots(prompt: str) -> Random:
    return Random(hashlib.sha256(prompt.encode()).digest())


def _feedback_words(prompt: str) -> str:
    """What the buyer wrote, field by field; the instructions speak of obscenity too and must not count."""
    sent = DATA.findall(prompt)
    try:
        data = json.loads(sent[-1]) if sent else {}
    except ValueError:
        data = {}
    return "\n".join(str(data[key]) for key in ("text", "pros", "cons") if isinstance(data, dict) and data.get(key))
