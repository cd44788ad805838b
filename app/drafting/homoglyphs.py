"""Letters that look alike across alphabets, from Unicode's own list of confusables."""

import string

from confusable_homoglyphs import confusables

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
# Unicode lists К, М, Т, Н, В as capitals only and no digits; people read them all in a mixed word.
_LATIN_BY_EYE = dict(zip("кмтнвКМТНВ01", "kmthbKMTHBol", strict=True))
_CYRILLIC_BY_EYE = dict(zip("kmthbKMTHB03unr", "кмтнвКМТНВозипг", strict=True))


def _lookalikes(alphabet: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for letter in alphabet:
        for entry in confusables.confusables_data.get(letter, []):
            table.setdefault(str(entry["c"]), letter)
    return {glyph: letter for glyph, letter in table.items() if len(glyph) == 1 and glyph not in alphabet}


to_latin: dict[str, str] = _lookalikes(string.ascii_letters) | _LATIN_BY_EYE
to_cyrillic: dict[str, str] = _lookalikes(_CYRILLIC) | _CYRILLIC_BY_EYE
