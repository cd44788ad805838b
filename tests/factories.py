"""Rows for tests, with defaults that are true to life; each commits by itself."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from app.accounts.models import User
from app.feedbacks.models import Feedback
from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.storing import store
from app.kit.db import Database
from app.kit.secrets import Vault
from app.questions.models import Question
from app.questions.ports import IncomingQuestion
from app.questions.storing import store as store_questions
from app.replies.gate import open_reply
from app.replies.models import Reply, ReplyState
from app.replies.subjects import subject_of
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

    async def feedback(self, shop: Shop, *, archived: bool = False, **values: Any) -> Feedback:
        """As if a sync had just brought it."""
        arrived = incoming(**values)
        async with self.database.transaction() as session:
            await store(session, shop.id, [arrived], archived=archived)
            return await session.get_one(Feedback, (shop.id, arrived.wb_id))

    async def question(self, shop: Shop, **values: Any) -> Question:
        """As if a sync had just brought it."""
        asked = incoming_question(**values)
        async with self.database.transaction() as session:
            await store_questions(session, shop.id, [asked])
            return await session.get_one(Question, (shop.id, asked.wb_id))

    async def reply(
        self, row: Feedback | Question, *, text: str = "Спасибо за отзыв!", state: ReplyState = ReplyState.DRAFT,
        revision: int = 1, **values: Any,
    ) -> Reply:  # fmt: skip
        """Opened through the gate, then put into its state."""
        made: dict[str, Any] = {"needs_human": False, "reasons": [], "writer": "template", "id": uuid4(), **values}
        made = {"rejects": False, **subject_of(row).column(), **made}
        reply = Reply(shop_id=row.shop_id, revision=revision, text=text, **made)
        async with self.database.transaction() as session:
            await open_reply(session, reply, actor="test", reason="")
            reply.state = state
            where = {"shop_id": row.shop_id, "wb_id": row.wb_id}
            await session.execute(update(type(row)).filter_by(**where).values(reply_state=state.value))
        return reply

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


def incoming(**values: Any) -> IncomingFeedback:
    """A plain five-star feedback with words, an hour old, unless told otherwise."""
    number = next(_numbers)
    row: dict[str, Any] = {
        "wb_id": f"fb{number:08d}", "nm_id": 1000 + number % 7, "imt_id": 77, "rating": 5,
        "text": "Отличная вещь, спасибо", "pros": "", "cons": "",
        "written_at": datetime.now(UTC) - timedelta(hours=1), "buyer_name": "Анна",
        "product_name": "Свитер", "brand_name": "Тепло", "supplier_article": "SV-1", "size": "46",
        "color": "серый", "order_status": "buyout", "matching_size": "ok", "tags": (), "photo_count": 0,
        "has_video": False, "was_viewed": False, "wb_state": "none", "answer_text": None, "answer_state": None,
        "answer_editable": None, "parent_id": None, "child_id": None, "complaint_possible": True,
        "complaint_reason": 0, "return_possible": False, **values,
    }  # fmt: skip
    raw = {name: str(value) for name, value in row.items()}
    return IncomingFeedback(**{"raw": raw, **row})


def incoming_question(**values: Any) -> IncomingQuestion:
    """Unanswered and an hour old, unless told otherwise."""
    number = next(_numbers)
    row: dict[str, Any] = {
        "wb_id": f"q{number:08d}", "nm_id": 1000 + number % 7, "imt_id": 77, "text": "Есть ли подкладка?",
        "written_at": datetime.now(UTC) - timedelta(hours=1), "product_name": "Свитер", "brand_name": "Тепло",
        "supplier_article": "SV-1", "was_viewed": False, "is_warned": False, "wb_state": "suppliersPortalSynch",
        "answer_text": None, "answer_editable": None, "answered_at": None, **values,
    }  # fmt: skip
    raw = {name: str(value) for name, value in row.items()}
    return IncomingQuestion(**{"raw": raw, **row})


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
