"""The pages of a seller's cabinet, simulated: what Wildberries shows, and what it does when a button is pressed.

One complaint a feedback, for ever; a chat opens once. Pressing a button that is not there is an error of the presser.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.feedbacks.models import Feedback

REASONS = range(11, 21)
MOSCOW = timedelta(hours=3)
ON_THE_PAGE = {
    "pending": "Проверяем жалобу", "approved": "Жалоба одобрена", "rejected": "Жалоба отклонена",
}  # fmt: skip


class NoSuchButton(AssertionError):
    """It was pressed before, or never was there."""


@dataclass(kw_only=True)
class Entry:
    """A feedback as the page knows it; `complaint` is a word of ON_THE_PAGE."""

    wb_id: str
    nm_id: int
    rating: int
    written_at: datetime
    text: str
    complaint: str | None = None
    filed_by: str = "Продавец"
    reason_id: int | None = None
    presses: int = 0
    chat: str = "chat_available"
    chat_url: str = ""
    shown: bool = True
    labels: list[str] = field(default_factory=lambda: ["Выкуп", "Виден"])

    def key(self, ahead: timedelta = timedelta()) -> str:
        return f"{self.nm_id}_{self.rating}_{self.written_at + ahead:%Y-%m-%dT%H:%M}"

    def row(self, ahead: timedelta) -> dict[str, Any]:
        """As the filer reads it, with a clock so far ahead of UTC."""
        labels = [*self.labels, *([ON_THE_PAGE[self.complaint]] if self.complaint else [])]
        return {
            "reviewKey": self.key(ahead),
            "productId": str(self.nm_id),
            "rating": self.rating,
            "reviewDate": f"{self.written_at + ahead:%Y-%m-%dT%H:%M}:00.000Z",
            "statuses": labels,
            "canSubmitComplaint": self.complaint is None,
            "chatStatus": self.chat,
            "ratingExcluded": False,
        }


class SellerCabinet:
    """Of one shop."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def add(self, *feedbacks: Feedback, **values: Any) -> None:
        for each in feedbacks:
            self.entries[each.wb_id] = Entry(
                wb_id=each.wb_id, nm_id=each.nm_id, rating=each.rating, written_at=each.written_at, text=each.text,
                **values,
            )  # fmt: skip

    def read(self, ahead: timedelta = timedelta()) -> list[dict[str, Any]]:
        """All pages at this moment; what happens afterwards is not in it."""
        return [entry.row(ahead) for entry in self.entries.values() if entry.shown]

    def find(self, **seen: Any) -> Entry | None:
        """The only one with such a key or text."""
        ahead = seen.pop("ahead", timedelta())
        shown = [entry for entry in self.entries.values() if entry.shown]
        if "key" in seen:
            shown = [entry for entry in shown if entry.key(ahead) == seen["key"]]
        else:
            shown = [entry for entry in shown if entry.text == seen["text"]]
        return shown[0] if len(shown) == 1 else None

    async def file(self, entry: Entry, reason_id: int, text: str) -> None:
        """Presses the button; the dialogue takes its time."""
        entry.presses += 1
        await asyncio.sleep(0)
        if entry.complaint is not None or entry.presses > 1 or reason_id not in REASONS or not text:
            raise NoSuchButton(entry)
        entry.complaint, entry.filed_by, entry.reason_id = "pending", "R5", reason_id

    async def open_chat(self, entry: Entry) -> str:
        await asyncio.sleep(0)
        if entry.chat != "chat_available":
            raise NoSuchButton(entry)
        entry.chat = "chat_opened"
        entry.chat_url = f"https://seller.wildberries.ru/chat-with-clients?chatId=1:{entry.wb_id}"
        return entry.chat_url

    def decide(self, verdicts: Iterable[str]) -> None:
        """Wildberries looked through what is pending, by turns."""
        wanted = [entry for entry in self.entries.values() if entry.complaint == "pending"]
        for entry, verdict in zip(wanted, verdicts, strict=False):
            entry.complaint = verdict

    def complaints_page(self) -> list[dict[str, Any]]:
        """As the checker reads it: Moscow's wall time."""
        today = f"{datetime.now().astimezone():%d.%m}"
        return [
            {
                "reviewKey": entry.key(MOSCOW), "status": ON_THE_PAGE[entry.complaint], "filedBy": entry.filed_by,
                "complaintDate": today if entry.complaint != "pending" else None,
            }
            for entry in self.entries.values()
            if entry.complaint
        ]  # fmt: skip

    def evidence(self) -> list[dict[str, Any]]:
        """Of each approved complaint, as the checker reads it off its dialogue."""
        return [
            {
                "checkDate": f"{datetime.now():%d.%m.%Y}", "cabinetName": "ИП Иванов", "articul": str(entry.nm_id),
                "reviewId": entry.wb_id, "feedbackRating": entry.rating,
                "feedbackDate": f"{entry.written_at + MOSCOW:%d.%m.%Y в %H:%M}", "complaintSubmitDate": "",
                "status": ON_THE_PAGE[entry.complaint], "hasScreenshot": True, "fileName": f"{entry.nm_id}.png",
                "driveLink": "", "complaintCategory": "Другое",
                "complaintText": "Жалоба от: ИП Иванов" if entry.filed_by == "R5" else "Прошу удалить",
            }
            for entry in self.entries.values()
            if entry.complaint == "approved"
        ]  # fmt: skip
