"""The line that closes every answer of a shop."""

from collections.abc import Sequence

from app.drafting.choosing import shuffled

LONGEST_ANSWER = 5000


def pick_signature(pool: Sequence[str], wb_id: str) -> str:
    """The same feedback keeps its signature; empty when the shop has none."""
    usable = [signature.strip() for signature in pool if signature.strip()]
    return shuffled(usable, seed=f"signature:{wb_id}")[0] if usable else ""


def sign(text: str, signature: str) -> str:
    """Never signs twice; leaves the text alone where WB's limit has no room for the signature."""
    body, closing = text.rstrip(), signature.strip()
    if not closing or not body or body.casefold().endswith(closing.casefold()):
        return text
    signed = f"{body}\n{closing}"
    return signed if len(signed) <= LONGEST_ANSWER else text
