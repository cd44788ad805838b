"""Threats of violence and insults aimed at people.

«Подам в суд», «руки бы оторвать тому, кто шил», «чувствую себя идиотом» are none: a buyer may complain, exaggerate and
scold himself. Words that also name animals, toys or diagnoses count only when the seller is called so.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from app.drafting.phrases import words
from app.drafting.readings import read

Span = tuple[int, int]

_WHOM = r"(?:вас|тебя|вам|тебе|всех вас|вас всех|продавц(?:а|у|ов|ам)|владельц(?:а|у|ев|ам))"
_SELLER = (
    r"(?:продав(?:ец|цы|щица|цов|ца)|поставщики?|производител[ьи]|магазин|владел(?:ец|ьцы)|сотрудники?|менеджеры?|"
    r"консультанты?|операторы?|администраторы?)"
)
_VILE: Final = (
    r"муда(?:к|ки|ка|ков|ку|кам)|мудил[аыо]|мудозвон[ыа]?",
    r"ублюд(?:ок|ки|ков|ка|кам)|выродк(?:и|ов)|выродок|ушлепки?|подон(?:ок|ки|ков)",
    r"мраз(?:ь|и|ей|ота)|дегенерат(?:ы|ов)?|шлюх[аи]",
    r"пидор(?:ы|а|ас|асы|ов|ам)?|пидарас(?:ы|ов|а)?|гандоны?",
    r"сукин[аы]? (?:сын|сыны|сынов|дети|детей)|сучь[ие] дети",
)
_NAMES = (
    r"(?:уроды?|твар[ьи]|сволоч[ьи]|скотин[аы]|скоты|гнид[аы]|дебилы?|дебилка|идиоты?|идиотка|кретины?|придурки|придурок|"
    r"козлы|козел|сук[аи]|быдло|чмо|падл[аы]|свиньи|тупиц[аы]|имбецилы?|недоумки|недоумок|ничтожеств[ао]|отбросы|"
    r"дура|дурак|дураки|гады|гадин[аы]|лохи|говнюки?)"
)
_ABUSE = rf"(?:{'|'.join(_VILE)}|{_NAMES})"
_LINK = (
    r"(?:(?:[-–—:]|это|просто|все|вообще|реально|настоящ\w{2}|конченн?\w{2}|полн\w{2}|тупые|тупой|те еще|там|"
    r"такие)\s*){0,4}"
)
_HARM = r"(?:убью|зарежу|прирежу|пристрелю|застрелю|придушу|задушу|закопаю|покалечу|изобью|прибью)"
_BREAK = r"(?:набью|разобью|начищу|переломаю|оторву|откручу|сверну|выбью|сломаю)"
_LIMB = r"(?:морд[уы]|рож[уи]|рыло|лицо|ноги|руки|голову|шею|зубы)"

THREATS: Final = words(
    rf"{_HARM} (?:я )?{_WHOM}",
    rf"{_WHOM} (?:я )?(?:всех )?{_HARM}",
    rf"(?:найду|приеду) (?:{_WHOM} )?и (?:\w+ )?(?:{_HARM}|{_BREAK}|сожгу|подожгу)",
    r"(?:сожгу|подожгу|спалю|взорву) (?:(?:ваш\w*|тво\w+|весь ваш) (?:магазин|склад|дом|контор|офис)\w*|вас)",
    rf"{_BREAK} {_WHOM} (?:\w+ )?{_LIMB}",
    rf"{_WHOM} (?:\w+ )?{_LIMB} (?:\w+ )?{_BREAK}",
    rf"{_LIMB} {_WHOM} (?:\w+ )?{_BREAK}",
    rf"{_WHOM} не жить",
    r"чтобы? (?:вы|ты|вас|вам) (?:все )?(?:сдохли|сдохла|сдох|сдохнуть|подохли|передохли)",
)
CALLED: Final = words(
    rf"(?:вы|ты),? {_LINK}(?<!\w){_ABUSE}",
    rf"{_SELLER}\s*{_LINK}(?<!\w){_ABUSE}",
    rf"{_ABUSE},? а не (?:продав(?:ец|цы)|магазин|люди)",
    rf"{_ABUSE}-продав(?:ец|цы)",
)
VILE: Final = words(*_VILE)
# Said of himself, of somebody at home, in a comparison or a denial.
_NOT_MEANT: Final = re.compile(
    r"(?:(?<!\w)не\s+"
    r"|(?<!\w)(?:я|себя|собой|мы|меня|мне|нас|нам|сама?|как|словно|будто|для|если|чтобы не)(?!\w)[^.!?\n]{0,25}"
    r"|(?<!\w)(?:муж|жена|мама|сын|дочь|сосед\w*|сказал\w*|говор\w+|шутк\w*|шучу)(?!\w)[^.!?\n]{0,40})$"
)
_DENIED: Final = re.compile(
    r"(?<!\w)(?:не\s+|(?:муж|жена|мама|сын|дочь|сосед\w*|сказал\w*|говор\w+|шутк\w*)(?!\w)[^.!?\n]{0,40})$"
)


def abuse_spans(text: str) -> list[Span]:
    """Everything that can be meant as a threat or an insult; whether it is, its reader decides."""
    return sorted({*certain_abuse_spans(text), *_spans(text, VILE, unless=_NOT_MEANT)})


def certain_abuse_spans(text: str) -> list[Span]:
    """Only what is aimed at the seller in so many words."""
    return sorted(set(_spans(text, (*THREATS, *CALLED), unless=_DENIED)))


def _spans(text: str, patterns: tuple[re.Pattern[str], ...], *, unless: re.Pattern[str]) -> Iterator[Span]:
    for reading in read(text).all:
        for found in chain.from_iterable(pattern.finditer(reading.text) for pattern in patterns):
            if not unless.search(reading.text[max(0, found.start() - 60) : found.start()]):
                yield reading.span(*found.span())
