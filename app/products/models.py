"""Products, and how far the reading of a shop's cards has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model


class Product(Model):
    """A card; `characteristics` is {name: [values]} and `photos` are addresses of the large ones."""

    __tablename__ = "products"
    __table_args__ = (Index("ix_products_vendor_code", "shop_id", "vendor_code"),)
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    nm_id: Mapped[int] = mapped_column(primary_key=True)
    imt_id: Mapped[int | None]
    vendor_code: Mapped[str]
    subject_id: Mapped[int | None]
    subject: Mapped[str]
    brand: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    characteristics: Mapped[dict[str, Any]]
    sizes: Mapped[list[str]]
    photos: Mapped[list[str]]
    video: Mapped[str | None]
    wb_updated_at: Mapped[datetime | None]
    stored_at: Mapped[datetime]


class ProductSync(Model):
    """The cursor is Wildberries' own, word for word; it stays after the last page, for the changes of tomorrow."""

    __tablename__ = "product_syncs"
    shop_id: Mapped[UUID] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    next_sync_at: Mapped[datetime]
    cursor_updated_at: Mapped[str | None]
    cursor_nm_id: Mapped[int | None]
    pages: Mapped[int] = mapped_column(default=0)
    broken_rows: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
