"""Obscene words: the four roots that Russian practice calls obscene, in their forms and masks, and nothing else.

Coarse words (жопа, говно, сука) are left out: a complaint about them spends the only shot for little. A pattern takes
the whole word with the prefixes it may have, so «оскорблять», «плохую», «ребёнок», «веб» cannot match by accident.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from app.drafting.readings import Reading, read

Span = tuple[int, int]

_PREFIX = r"(?:за|на|по|до|вы|у|при|про|пере|недо|(?:об|от|с|раз|рас|под|в|из|вз)[ъь])"
_ENDED = r"(?:ый|ая|ое|ые|ого|ой|ому|ом|ую|ых|ым|ыми)"
_WORDS: Final = re.compile(
    "|".join(
        (
            r"[а-я]*п[ие]зд[а-я]*",
            r"(?:о|а|по|за|на|при|до|ни|не|от|рас|ис|с|пере|вы)?ху[ейяю][а-я]*",
            r"(?:на|до|ни|по)?ху(?:и|иня|ит[ауеы]|ищ[еау])|похуи[а-я]+",
            r"бля|блят[ьи]?|блеать|(?:по|про|вы|на|за)?бляд[а-я]*",
            rf"{_PREFIX}еб(?:[аулниыкщш]|о[кшс]|е[тшнмкл])[а-я]*",
            r"еба(?:т[ьс]|л|н(?!к)|ш)[а-я]*",
            r"еб(?:у|ут|ет|етс?я|ешь|ешься|ем|ись|ите|итесь|л[аоеюя]|лом|ли|ле[йт])",
            r"еблан[а-я]*|еб(?:лив|лищ|н[уе]|уч|ущ|ош)[а-я]+|выебон[а-я]*",
            rf"{_PREFIX}?йоб(?:ан|ну|ар)[а-я]*",
            r"(?:за|на|до|вы|про)иба(?:л|т[ьс]|н)[а-я]*",
            r"д[оа]лб[оа][еий]+б[а-я]*|мозгоеб[а-я]*",
            r"(?:po|pro|vy)?bl[iy]a[dt](?:[a-z]*|')|[a-z]*pizd(?:e[cts]|a|o|u|y|i|j|ya)[a-z]*",
            r"(?:na|po)h[uy]+[ijy]|[oa]hu(?:e|ye|je)(?:t|l|n|v)[a-z]*|hu[ijy]n(?:ya|ja|yu|ia|ei|ey)",
            r"(?:za|na|do|vy|u)?[ey]*ebat'?|(?:za|na|do)[ey]*eba(?:l|n)[a-z]*",
        )
    )
)
_PHRASES: Final = re.compile(
    r"(?<![\w-])еб\s+(?:твою|вашу|их|его)\s+\w+(?!\w)|(?<![\w-])на\s+(?:х\*\*|х\*й|хуй)(?![\w*])"
)

_MASK: Final = re.compile(r"[*#@$%•]")
_LATIN_IN_A_MASK: Final = str.maketrans("xyeaopcbk", "хуеаорсвк")
_MASKED: Final = re.compile(
    "|".join(
        (
            r"(?:о|а|по|за|на|ни|до)?х\*{1,2}[йея][а-я]*",
            r"(?:на|ни|до|по|о|за)?ху\*(?:н[яюеи]|в(?:о|ый|ая|ое|ые)|та|ло)|наху\*",
            r"н[а*][х*][у*]й|п[о*][х*][у*]й|н[и*][х*][у*]я",
            r"[а-я]{0,4}п\*{1,2}зд[а-я]*|[а-я]{0,4}пиз[*]+[а-я]+|п\*{2}д(?:ец|ато)",
            r"[а-я]{0,4}пи\*{1,2}д(?:ец|а|у|ы|ой|ато|еть|ел[аи]?|юк|обол)[а-я]{0,3}",
            r"бл\*[дт][ьи]|бл\*{2}ь|б\*я[дт]ь|бля\*ь|бл\*дск[а-я]+",
            rf"{_PREFIX}?е\*а(?:ть|ться|л[аио]?|лся|лись|н(?:ут)?{_ENDED}|нул[аио]?)",
            rf"{_PREFIX}?еб\*+[а-я]+",
            r"(?:за|на|до|вы|про)\*ба(?:л|н|т)[а-я]*",
            r"долбо?\*{1,2}б[а-я]*|долбо[её]\*[а-я]*",
        )
    )
)

_TOKEN: Final = re.compile(r"(?<![\w-])[^\W\d_]+'?(?!\w)")
_MASKED_TOKEN: Final = re.compile(r"(?<![\w*#@$%•-])[^\W\d_]+[*#@$%•][^\W\d_]*(?:[*#@$%•]+[^\W\d_]*)*(?!\w)")
_REPEATED: Final = re.compile(r"(.)\1+")


def obscene_spans(text: str) -> list[Span]:
    """Where obscene words stand in a text, in order and each once; empty for a clean one."""
    found = chain.from_iterable(_spans_in(reading) for reading in read(text).all)
    return sorted(set(found))


def _spans_in(reading: Reading) -> Iterator[Span]:
    for token in _TOKEN.finditer(reading.text):
        if _is_obscene(token.group()):
            yield reading.span(*token.span())
    for token in _MASKED_TOKEN.finditer(reading.text):
        if _MASKED.fullmatch(_MASK.sub("*", token.group()).translate(_LATIN_IN_A_MASK)):
            yield reading.span(*token.span())
    for phrase in _PHRASES.finditer(reading.text):
        yield reading.span(*phrase.span())


def _is_obscene(word: str) -> bool:
    """«бляяять» is read as «блять»; the word as it stands is tried first, for «переебать» has a true double."""
    single = _REPEATED.sub(r"\1", word)
    return _WORDS.fullmatch(word) is not None or _WORDS.fullmatch(single) is not None
