"""Days of a shop, counted once: each row can be made anew from the rows it counts; and months, made from their days.

`day` and `month` are the moments at which those of Moscow begin; days of feedbacks, replies, tags and answer times are
those on which the feedback was written, days of operators and of the LLM are those on which it happened.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, Numeric, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model


class OfADay:
    """The beginning of every rollup's key."""

    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True, sort_order=-2)
    day: Mapped[datetime] = mapped_column(primary_key=True, sort_order=-1)


class OfAMonth:
    """The beginning of every month's key."""

    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True, sort_order=-2)
    month: Mapped[datetime] = mapped_column(primary_key=True, sort_order=-1)


class Stars:
    """Feedbacks not deleted at Wildberries, by rating; `answered` of them show an answer, whoever gave it."""

    stars_1: Mapped[int] = mapped_column(Integer)
    stars_2: Mapped[int] = mapped_column(Integer)
    stars_3: Mapped[int] = mapped_column(Integer)
    stars_4: Mapped[int] = mapped_column(Integer)
    stars_5: Mapped[int] = mapped_column(Integer)
    answered: Mapped[int] = mapped_column(Integer)


class OfAProduct(Stars):
    """One product's feedbacks."""

    nm_id: Mapped[int] = mapped_column(primary_key=True)


class ProductDay(OfADay, OfAProduct, Model):
    """The day of a product."""

    __tablename__ = "product_days"


class ProductMonth(OfAMonth, OfAProduct, Model):
    """The month of a product."""

    __tablename__ = "product_months"


class OfAShop(Stars):
    """All feedbacks, how far our first replies to them have come, and what amendments changed."""

    drafted: Mapped[int] = mapped_column(Integer)
    approved: Mapped[int] = mapped_column(Integer)
    sent: Mapped[int] = mapped_column(Integer)
    published: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    elsewhere: Mapped[int] = mapped_column(Integer)
    answered_up: Mapped[int] = mapped_column(Integer)
    """The amendment has more stars than the feedback it amends, which had been answered; and so on."""
    answered_same: Mapped[int] = mapped_column(Integer)
    answered_down: Mapped[int] = mapped_column(Integer)
    unanswered_up: Mapped[int] = mapped_column(Integer)
    unanswered_same: Mapped[int] = mapped_column(Integer)
    unanswered_down: Mapped[int] = mapped_column(Integer)


class ShopDay(OfADay, OfAShop, Model):
    """The day of the whole shop."""

    __tablename__ = "shop_days"


class ShopMonth(OfAMonth, OfAShop, Model):
    """The month of the whole shop."""

    __tablename__ = "shop_months"


class OfATag:
    """How many feedbacks bear a tag; `negatives` are those of one to three stars."""

    tag: Mapped[str] = mapped_column(primary_key=True)
    feedbacks: Mapped[int] = mapped_column(Integer)
    negatives: Mapped[int] = mapped_column(Integer)


class TagDay(OfADay, OfATag, Model):
    """The day of a tag."""

    __tablename__ = "tag_days"


class TagMonth(OfAMonth, OfATag, Model):
    """The month of a tag."""

    __tablename__ = "tag_months"


class ResponseDay(OfADay, Model):
    """Seconds from each feedback of a day to our sending its first reply, shortest first."""

    __tablename__ = "response_days"
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    seconds: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class ResponseMonth(OfAMonth, Model):
    """The same seconds by length: a percentile is found by counts first, then among the seconds of one slot only.

    Slots are an eighth of a doubling wide, see `months.SLOT`.
    """

    __tablename__ = "response_months"
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    slot: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    replies: Mapped[int] = mapped_column(Integer)
    seconds: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class OfAnOperator:
    """What a person, or a part of WBRM, did with replies; `actor` is spelt as in their history."""

    actor: Mapped[str] = mapped_column(primary_key=True)
    written: Mapped[int] = mapped_column(Integer)
    edited: Mapped[int] = mapped_column(Integer)
    approved: Mapped[int] = mapped_column(Integer)
    withdrawn: Mapped[int] = mapped_column(Integer)


class OperatorDay(OfADay, OfAnOperator, Model):
    """The day of an operator."""

    __tablename__ = "operator_days"


class OperatorMonth(OfAMonth, OfAnOperator, Model):
    """The month of an operator."""

    __tablename__ = "operator_months"


class OfALanguageModel:
    """What a language model cost."""

    model: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(14, 6))
    seconds: Mapped[Decimal] = mapped_column(Numeric(14, 3))


class CostDay(OfADay, OfALanguageModel, Model):
    """The day of a language model."""

    __tablename__ = "cost_days"


class CostMonth(OfAMonth, OfALanguageModel, Model):
    """The month of a language model."""

    __tablename__ = "cost_months"


class RollupState(Model):
    """Up to when a shop's changes are counted; at `again_at` one looks for what was committed late."""

    __tablename__ = "rollup_states"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    through: Mapped[datetime]
    again_at: Mapped[datetime | None]
    rebuilt_at: Mapped[datetime]
