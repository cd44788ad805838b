"""Rows for tests, with defaults that are true to life; each commits by itself."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from app.accounts.models import User
from app.kit.db import Database
from app.kit.secrets import Vault
from app.shops.models import (
    Membership,
    ReplyMode,
    Role,
    Shop,
    ShopSettings,
    ShopToken,
    TokenKind,
    TokenPurpose,
)

_numbers = itertools.count(1)


class Make:
    """Bound to the test's database."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.vault = vault

    async def user(self, *, email: str | None = None, name: str = "Ольга", password_hash: str = "-") -> User:
        user = User(
            id=uuid4(),
            email=email or f"user{next(_numbers)}@example.com",
            name=name,
            password_hash=password_hash,
            created_at=datetime.now(UTC),
        )
        async with self.database.transaction() as session:
            session.add(user)
        return user

    async def shop(
        self,
        *,
        owner: User | None = None,
        seller_id: str | None = None,
        name: str = "Тёплые вещи",
        token: str | None = "header.payload.signature",
        kind: TokenKind = TokenKind.PERSONAL,
        **settings: Any,
    ) -> Shop:
        """A shop with default settings, a full token, and the owner as a member."""
        shop = Shop(id=uuid4(), seller_id=seller_id or str(uuid4()), name=name, created_at=datetime.now(UTC))
        async with self.database.transaction() as session:
            session.add(shop)
            await session.flush()
            session.add(default_settings(shop, **settings))
            if owner:
                session.add(Membership(shop_id=shop.id, user_id=owner.id, role=Role.OWNER, joined_at=datetime.now(UTC)))
            if token:
                session.add(self._token(shop, token, kind))
        return shop

    async def member(self, shop: Shop, role: Role = Role.MANAGER) -> User:
        user = await self.user()
        async with self.database.transaction() as session:
            session.add(Membership(shop_id=shop.id, user_id=user.id, role=role, joined_at=datetime.now(UTC)))
        return user

    def _token(self, shop: Shop, token: str, kind: TokenKind) -> ShopToken:
        return ShopToken(
            shop_id=shop.id,
            purpose=TokenPurpose.MAIN,
            encrypted=self.vault.encrypt(token),
            last4=token[-4:],
            kind=kind,
            categories=["feedbacks"],
            read_only=False,
            expires_at=datetime.now(UTC) + timedelta(days=100),
            added_at=datetime.now(UTC),
        )


def default_settings(shop: Shop, **changes: Any) -> ShopSettings:
    """Semi mode, nothing forbidden, one signature."""
    values: dict[str, Any] = {
        "reply_mode": ReplyMode.SEMI,
        "rating_mode_map": {},
        "blacklist_keywords": [],
        "templates": {},
        "signatures": [],
        "tone": "",
        "version": 1,
        "updated_at": datetime.now(UTC),
        **changes,
    }
    return ShopSettings(shop_id=shop.id, **values)
