"""How far a shop answers by itself."""

from app.shops.models import ReplyMode, ShopSettings

LOW_RATINGS = (1, 2, 3)


def mode_for(settings: ShopSettings, rating: int) -> ReplyMode:
    """The seller's word for this rating wins; otherwise nothing under 4★ is ever published by itself."""
    chosen = settings.rating_mode_map.get(str(rating))
    if chosen is not None:
        return ReplyMode(chosen)
    if settings.reply_mode is ReplyMode.AUTO and rating in LOW_RATINGS:
        return ReplyMode.SEMI
    return settings.reply_mode


def drafts_questions(settings: ShopSettings) -> bool:
    """Are drafts written as soon as a sync brings questions?"""
    return settings.questions_auto_draft and settings.questions_reply_mode is not ReplyMode.MANUAL


def publishes_questions(settings: ShopSettings) -> bool:
    """May a clean draft go on without a person? Both switches must say so."""
    return settings.questions_auto_publish and settings.questions_reply_mode is ReplyMode.AUTO
