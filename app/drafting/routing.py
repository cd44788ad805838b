"""Which feedbacks no machine may answer: health, danger, law, and what the shop itself has listed."""

import re
from collections.abc import Sequence

from app.drafting.morphology import mentions
from app.drafting.phrases import words
from app.drafting.readings import Readings, read

_CHILD = r"(?:реб[её]н\w+|дет(?:и|ей|ям|ях|ск\w+)|малыш\w*|сын\w{0,3}|доч\w+|внук\w*|внуч\w+|младен\w+)"
_HARM = (
    r"(?:подавил\w*|проглотил\w*|поранил\w*|пострадал\w*|ударил\w*|упал\w*|задохн\w+|задыхал\w*|отрав\w+"
    r"|опасн\w+|порезал\w*|прищемил\w*|защемил\w*|плохо стало|стало плохо|рвота|рвало|температура)"
)

_REASONS: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...] = (
    (
        "Покупатель пишет об аллергии",
        words(
            r"аллерг\w*",
            r"(?:сыпь|сыпью|сыпи|высыпан\w+|крапивниц\w+|волдыр\w+|анафилак\w+|дерматит\w*)",
            r"(?:раздражени\w+|зуд\w*|краснот\w+|покраснени\w+|химический ожог)",
            r"(?:оте[кч]\w*|опух\w+) (?:\w+ ){0,2}(?:лиц\w+|глаз\w*|губ\w*|горл\w+|рук\w+|квинке)",
            r"(?:лиц\w+|глаз\w*|губ\w*|горл\w+|рук\w+) (?:\w+ ){0,2}(?:оте[кч]\w*|опух\w+)",
        ),
    ),
    (
        "Покупатель пишет о вреде ребёнку",
        words(rf"{_CHILD} (?:[\w-]+,? ){{0,5}}{_HARM}", rf"{_HARM} (?:[\w-]+,? ){{0,5}}{_CHILD}"),
    ),
    (
        "Покупатель пишет о травме или вреде здоровью",
        words(
            r"травм\w*|увечь\w+|перелом\w*|кров(?:ь|и|ью|отеч\w+)|ожог\w*",
            r"(?:обж[её]г\w*|обожгл\w*|обожж\w+|поре(?:з|за)\w*|поранил\w*|покалечи\w+|изувечи\w+|пострадал\w*)",
            r"отрав(?:ил|ле)\w*",
            r"(?:бь[её]т|ударил\w*|долбануло|шарахнуло|бил\w*) (?:\w+ )?током|удар\w* током",
            r"больниц\w*|реанимац\w*|травмпункт\w*|госпитал\w+|скор(?:ая|ую|ой) помощ\w*|вызвали скорую",
            r"(?:врач\w*|доктор\w*|хирург\w*|дерматолог\w*|медик\w*)",
            r"(?:сломал\w*|выбил\w*) (?:\w+ ){0,2}(?:ног\w+|рук\w+|палец|зуб\w*|р[её]бр\w+)",
            r"(?:терял\w*|потерял\w*) сознание|обморок\w*",
            r"(?:погиб\w*|умер\w{0,2}|смерт(?:ь|и|ельн\w+)|здоровью|угроз\w+ (?:жизни|здоровью))",
        ),
    ),
    (
        "Покупатель пишет о пожаре или взрыве",
        words(
            r"(?:загоре\w+|сгоре\w+|возгоран\w*|воспламен\w+|пожар\w*|дым\w{0,2}|задыми\w+|дымит\w*|искрит\w*)",
            r"(?:взорва\w+|взрыв\w*|расплави\w+|оплави\w+|плавит\w*|замыкани\w+|замкнул\w*|искр[ыа])",
        ),
    ),
    (
        "Покупатель угрожает или в беде",
        words(
            r"угрожа\w+|убью|прибью|найду вас|вас найду|подожгу|взорву|расправ\w+|покалечу",
            r"(?:вы|ты) (?:об этом )?(?:пожалеете|пожалеешь|ответите за)",
            r"суицид\w*|самоубий\w+|покончить с собой",
        ),
    ),
    (
        "Покупатель упоминает суд, юриста или надзор",
        words(
            r"суд(?:а|у|ом|е|ы|ов|иться)?|судебн\w+|иск(?:а|у|ом)?|исков\w+",
            r"юрист\w*|адвокат\w*|прокур\w+|полици\w+|мошенни\w+|фас",
            r"роспотреб\w*|рпн|роскачеств\w*|защит\w+ прав\w*|закон\w{0,2} о защите",
            r"(?:досудебн\w+|претензи\w+|ст(?:атья|атье|\.) ?\d+|уголовн\w+)",
            r"(?:напишу|подам|написал\w*|подал\w*) (?:\w+ ){0,2}(?:заявлени\w+|жалоб\w+)",
        ),
    ),
    (
        "Покупатель сомневается в подлинности товара",
        words(
            r"поддел\w+|контрафакт\w*|фальсифик\w+|фальшив\w+|фейк\w*|реплик\w+|пал[её]нк\w+|пал[её]н(?:ый|ая|ое|ые)",
            r"не ?оригинал\w*|не ?подлинн\w+|честн(?:ый|ого|ому|ом) знак\w*|левак\w*",
            r"не (?:\w+ )?(?:настоящ\w+|брендов\w+)",
        ),
    ),
)


def needs_person(text: str, *, blacklist_keywords: Sequence[str] = ()) -> str | None:
    """Why a person has to answer this buyer, in Russian; errs on the side of asking."""
    readings = read(text)
    for reason, patterns in _REASONS:
        if any(pattern.search(reading.text) for pattern in patterns for reading in readings.all):
            return reason
    return _listed_word(readings, blacklist_keywords)


def _listed_word(readings: Readings, keywords: Sequence[str]) -> str | None:
    for keyword in filter(str.strip, keywords):
        if any(_contains(reading.text, keyword) for reading in readings.all):
            return f"Слово из списка магазина: «{keyword.strip()}»"
    return None


def _contains(text: str, keyword: str) -> bool:
    """A phrase of several words also counts as a plain piece of text; a single word only in its forms."""
    phrase = " ".join(keyword.lower().replace("ё", "е").split())
    if " " in phrase and phrase in " ".join(text.split()):
        return True
    return any(mentions(text, phrase))
