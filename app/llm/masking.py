"""What leaves the house carries no phone and no e-mail address of a buyer."""

from app.drafting.contacts import personal_spans

MASK = "[скрыто]"


def mask_contacts(text: str) -> str:
    """Every contact becomes the same mark, so nothing can be told about it from outside."""
    masked, position = "", 0
    for start, end in personal_spans(text):
        if end <= position:
            continue
        masked += text[position : max(position, start)]
        masked += "" if masked.endswith(MASK) and start <= position else MASK
        position = end
    return masked + text[position:]
