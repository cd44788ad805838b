"""Puts the adapter together for a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.kit.db import Database
from app.kit.secrets import Vault
from app.kit.settings import Settings
from app.shops.models import TokenKind
from app.wildberries.api import WildberriesApi
from app.wildberries.callers import Callers
from app.wildberries.chat_files import WildberriesChatFiles
from app.wildberries.chats import ChatCallers, WildberriesChats
from app.wildberries.feedbacks import WildberriesFeedbacks
from app.wildberries.limits import Bucket, budget
from app.wildberries.pacing import bucket_key
from app.wildberries.pins import WildberriesPins
from app.wildberries.probe import WildberriesProbe
from app.wildberries.products import WildberriesCards
from app.wildberries.publisher import WildberriesPublisher
from app.wildberries.questions import WildberriesQuestionPublisher, WildberriesQuestions
from app.wildberries.transport import Hosts, WildberriesTransport, open_http


@dataclass(frozen=True, slots=True, kw_only=True)
class Wildberries:
    """Everything the processes need of Wildberries; `urgent_feedbacks` goes before the sync, as publishing does."""

    feedbacks: WildberriesFeedbacks
    urgent_feedbacks: WildberriesFeedbacks
    publisher: WildberriesPublisher
    questions: WildberriesQuestions
    urgent_questions: WildberriesQuestions
    question_publisher: WildberriesQuestionPublisher
    probe: WildberriesProbe
    pins: WildberriesPins
    urgent_pins: WildberriesPins
    cards: WildberriesCards
    chats: WildberriesChats
    urgent_chats: WildberriesChats
    chat_files: WildberriesChatFiles


@asynccontextmanager
async def open_wildberries(settings: Settings, database: Database, vault: Vault) -> AsyncIterator[Wildberries]:
    """One HTTP client for the process, closed at the end."""
    async with open_http() as http:
        transport = WildberriesTransport(
            http,
            database,
            hosts=Hosts(
                feedbacks=settings.wb_feedbacks_url,
                common=settings.wb_common_url,
                content=settings.wb_content_url,
                chat=settings.wb_chat_url,
            ),
            auth_scheme=settings.wb_auth_scheme,
            client_secret=settings.wb_client_secret,
            speed=settings.wb_speed,
        )
        api, callers = WildberriesApi(transport), Callers(database, vault)
        chat_callers = ChatCallers(database, vault)
        yield Wildberries(
            feedbacks=WildberriesFeedbacks(api, callers),
            urgent_feedbacks=WildberriesFeedbacks(api, callers, urgent=True),
            publisher=WildberriesPublisher(api, callers),
            questions=WildberriesQuestions(api, callers),
            urgent_questions=WildberriesQuestions(api, callers, urgent=True),
            question_publisher=WildberriesQuestionPublisher(api, callers),
            probe=WildberriesProbe(api),
            pins=WildberriesPins(transport, callers),
            urgent_pins=WildberriesPins(transport, callers, urgent=True),
            cards=WildberriesCards(transport, callers),
            chats=WildberriesChats(transport, chat_callers),
            urgent_chats=WildberriesChats(transport, chat_callers, urgent=True),
            chat_files=WildberriesChatFiles(transport, chat_callers),
        )


class PublishedLimits:
    """Satisfies shops.ports.CallBudget."""

    def __init__(self, settings: Settings) -> None:
        self.has_secret = settings.wb_client_secret is not None
        self.speed = settings.wb_speed

    def seconds_per_call(self, kind: TokenKind) -> float:
        return budget(kind, Bucket.FEEDBACKS, has_secret=self.has_secret, speed=self.speed).interval

    def bucket_key(self, seller_id: str) -> str:
        return bucket_key(seller_id, Bucket.FEEDBACKS)
