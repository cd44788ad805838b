"""Sends what is queued in one chat, each message at most once, whatever breaks.

Claim (short transaction) → send (no transaction) → record (short transaction). A claim that nobody recorded, and one
whose answer was lost, become `unknown`: nothing here sends those again. Their echo in the event stream settles them,
or a person does, after the stream has been read.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.chats import echoes, queries, storing
from app.chats.files import CheckedFile
from app.chats.jobs import SendMessages, SyncChats
from app.chats.models import Chat, Message, MessageState, Sender
from app.chats.moments import moment
from app.chats.ports import Accepted, AmbiguousSend, ChatSender, ChatSource, Outgoing, SignatureRefused
from app.chats.sync import refresh_list
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import RateLimited, Unavailable, WbrmError
from app.kit.jobs import enqueue
from app.shops.models import Shop

log = structlog.get_logger()
Outcome = Callable[[AsyncSession, Chat, Message], Awaitable[None]]

S = MessageState
LOST = "Неизвестно, дошло ли сообщение: связь с Wildberries прервалась. Ищем его в чате."
DIED = "Неизвестно, дошло ли сообщение: отправка прервалась. Ищем его в чате."


class SendTooOld(Unavailable):
    """This process stood still so long that another may have judged its attempt: it must not send."""

    code = "SEND_TOO_OLD"
    message = "Попытка отправки устарела и будет повторена."


class Next(Enum):
    """What to do in the chat."""

    NOTHING = auto()
    REFRESH_SIGN = auto()
    SEND = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One attempt; `began` is the process's own clock, which nobody sets back."""

    next: Next
    message: Message | None = None
    outgoing: Outgoing | None = field(default=None, repr=False)
    began: float = 0


async def send_messages(
    job: SendMessages,
    *,
    database: Database,
    sender: ChatSender,
    source: ChatSource,
    settle: float,
    still_ours: Callable[[], None],
) -> None:
    """May run any number of times; `still_ours` raises when another worker could hold this job's lock."""
    await _disown_lost(job, database=database, settle=settle)
    while True:
        began = time.monotonic()
        async with database.transaction() as session:
            claim = await _claim(session, job, began=began)
        if claim.next is Next.NOTHING:
            return
        if claim.next is Next.REFRESH_SIGN:
            await _refresh_sign(claim, database=database, source=source)
            continue
        fence = partial(_fence, began=began, claim=claim, settle=settle, still_ours=still_ours)
        await _send(claim, fence, database=database, sender=sender, settle=settle)


async def _disown_lost(job: SendMessages, *, database: Database, settle: float) -> None:
    """We hold the chat's lock, so whoever was sending is dead, or may as well be."""
    async with database.transaction() as session:
        chat = await queries.lock_chat(session, job.shop_id, job.chat_id)
        for message in await queries.messages_in(session, chat, S.SENDING):
            await _unknown(session, message, words=DIED, settle=settle)


async def _claim(session: AsyncSession, job: SendMessages, *, began: float) -> Claim:
    chat = await queries.lock_chat(session, job.shop_id, job.chat_id)
    archived = (await session.get_one(Shop, job.shop_id)).archived_at is not None
    queued = [] if archived else await queries.messages_in(session, chat, S.QUEUED)
    if not queued:
        return Claim(next=Next.NOTHING)
    message = queued[0]
    if await _needs_sign(session, chat, message):
        return Claim(next=Next.REFRESH_SIGN, message=message)
    if chat.reply_sign is None:
        fail(message, "Wildberries не показывает этот чат в списке: ответить в нём нельзя.")
        return await _claim(session, job, began=began)
    files = [
        CheckedFile(name=file.name, content_type=file.content_type, content=file.content)
        for file in await queries.files_of(session, message)
    ]
    message.state, message.sending_at, message.attempts = S.SENDING, utc_now(), message.attempts + 1
    message.error, message.sought_at = None, None
    outgoing = Outgoing(reply_sign=chat.reply_sign, text=message.text, files=files)
    return Claim(next=Next.SEND, message=message, outgoing=outgoing, began=began)


async def _needs_sign(session: AsyncSession, chat: Chat, message: Message) -> bool:
    """Once for a chat without one, and once after Wildberries has refused the one we had."""
    wanted_since = message.sign_refused_at or (message.at if chat.reply_sign is None else None)
    if wanted_since is None:
        return False
    sync = await queries.find_sync(session, chat.shop_id)
    return sync is None or sync.listed_at is None or sync.listed_at < wanted_since


async def _refresh_sign(claim: Claim, *, database: Database, source: ChatSource) -> None:
    """Raises what may pass; when the list stays closed, the message has failed."""
    assert claim.message is not None
    try:
        await refresh_list(claim.message.shop_id, database=database, source=source)
    except (Unavailable, RateLimited):
        raise
    except WbrmError as error:
        await _record(claim.message, partial(_failed, words=error.message), database=database)


def _fence(*, began: float, claim: Claim, settle: float, still_ours: Callable[[], None]) -> None:
    """By both clocks: the one stands still while the machine sleeps, the other may be set back."""
    still_ours()
    claimed_at = claim.message.sending_at if claim.message and claim.message.sending_at else utc_now()
    if max(time.monotonic() - began, (utc_now() - claimed_at).total_seconds()) > settle / 2:
        raise SendTooOld


async def _send(
    claim: Claim, fence: Callable[[], None], *, database: Database, sender: ChatSender, settle: float
) -> None:
    """Only what surely did not leave goes back to the queue, and then the job waits."""
    assert claim.message is not None
    assert claim.outgoing is not None
    message = claim.message
    record = partial(_record, message, database=database)
    try:
        accepted = await sender.send(message.shop_id, claim.outgoing, fence)
    except AmbiguousSend as error:
        log.warning("chat.send_ambiguous", message_id=str(message.id), error=str(error))
        await record(partial(_lost, settle=settle))
    except SignatureRefused as error:
        await record(partial(_sign_refused, words=error.message))
    except (Unavailable, RateLimited) as error:
        await record(partial(_not_sent, words=error.message))
        raise
    except WbrmError as error:
        await record(partial(_failed, words=error.message))
    else:
        await record(partial(_sent, accepted=accepted))


async def _record(claimed: Message, outcome: Outcome, *, database: Database) -> None:
    """Only for the latest attempt: what somebody has made of the message since is theirs."""
    async with database.transaction() as session:
        chat = await queries.lock_chat(session, claimed.shop_id, claimed.chat_id)
        message = await queries.get_message(session, claimed.shop_id, claimed.chat_id, claimed.id)
        if message.attempts == claimed.attempts:
            await outcome(session, chat, message)


async def _sent(session: AsyncSession, chat: Chat, message: Message, *, accepted: Accepted) -> None:
    """Also when the attempt was given up for lost meanwhile, or its echo came first."""
    await echoes.mark_sent(session, message)
    _tell_file_errors(message, accepted.errors)
    if message.event_id is None and accepted.wb_ms is not None:
        message.wb_ms, message.at = accepted.wb_ms, moment(accepted.wb_ms)
        await echoes.adopt(session, message)
    if accepted.reply_sign:
        chat.reply_sign, chat.reply_sign_at = accepted.reply_sign, utc_now()
    storing.show_last(chat, message)
    storing.turn(chat, Sender.SELLER, message.at, ours=True)


def _tell_file_errors(message: Message, errors: Sequence[str]) -> None:
    """Wildberries names the file in its complaint; what names none stays with the message."""
    message.file_errors = list(errors)
    told = []
    for attachment in message.attachments:
        about = next((error for error in errors if f'"{attachment.get("name")}"' in error), None)
        told.append({**attachment, "error": about} if about else attachment)
    message.attachments = told


async def _lost(session: AsyncSession, chat: Chat, message: Message, *, settle: float) -> None:
    if message.state is S.SENDING:
        await _unknown(session, message, words=LOST, settle=settle)


async def _unknown(session: AsyncSession, message: Message, *, words: str, settle: float) -> None:
    """From here only an echo or a person leads on; the stream is read when an echo would surely show."""
    message.state, message.error, message.version = S.UNKNOWN, words, message.version + 1
    await enqueue(session, SyncChats(shop_id=message.shop_id), delay=settle + 1)


async def _sign_refused(session: AsyncSession, chat: Chat, message: Message, *, words: str) -> None:
    """Surely not sent. The first time the sign is fetched anew and the message tried once more."""
    if message.state not in (S.SENDING, S.UNKNOWN):
        return
    if message.sign_refused_at is not None:
        fail(message, words)
        return
    message.state, message.sign_refused_at = S.QUEUED, utc_now()


async def _not_sent(session: AsyncSession, chat: Chat, message: Message, *, words: str) -> None:
    if message.state in (S.SENDING, S.UNKNOWN):
        message.state, message.error, message.attempts = S.QUEUED, words, message.attempts - 1
        message.sending_at = message.sending_at if message.attempts else None


async def _failed(session: AsyncSession, chat: Chat, message: Message, *, words: str) -> None:
    if message.state in (S.SENDING, S.UNKNOWN, S.QUEUED):
        fail(message, words)


def fail(message: Message, words: str) -> None:
    """Surely not sent, and not by itself again; a person may change that."""
    message.state, message.error, message.version = S.FAILED, words, message.version + 1
