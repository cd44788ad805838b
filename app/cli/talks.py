"""The demonstration's second half: questions answered by a person, one line into each chat that waits."""

from collections.abc import Callable
from typing import Any

import httpx

from app.cli.client import Api

ANSWER = "Здравствуйте! Спасибо за вопрос. Всё, что известно о товаре наверняка, указано в его карточке."
LINE = "Здравствуйте! Спасибо за сообщение. Мы его прочитали и ответим Вам здесь же, в чате."
OPEN_STATES = ("approved", "publishing", "sent", "on_moderation")
"""Not `unknown`: an answer that WB's moderation turned down never appears, and nobody is told."""
ATTEMPTS = 5
ON_ITS_WAY = ("queued", "sending")
Wait = Callable[[str, Callable[[], bool]], bool]


class Talks:
    """Drives questions and chats as an API user would."""

    def __init__(self, api: Api, shop: str, wait: Wait) -> None:
        self.api = api
        self.wait = wait
        self.questions = f"/questions/{shop}"
        self.chats = f"/chats/{shop}"
        self.questions_synced = 0
        self.chats_synced = 0
        self.lines: list[tuple[str, str]] = []

    def answer_questions(self) -> int:
        """How many answers were approved."""
        self._sync(self.questions)
        self.wait("questions drafted", lambda: not self._busy("QuestionsArrived"))
        asked = self.api.all(self.questions)
        self.questions_synced = len(asked)
        waiting = [question for question in asked if question["needs_reply"]]
        for question in waiting:
            self._answer(question)
        return len(waiting)

    def _answer(self, question: dict[str, Any]) -> None:
        """By the draft of this moment, as a person does whom a 409 tells that another text came meanwhile."""
        path = f"{self.questions}/{question['wb_id']}"
        for attempt in range(ATTEMPTS):
            reply = self.api.get(path)["reply"]
            try:
                written = self.api.put(f"{path}/reply", text=ANSWER, version=reply["version"] if reply else 0)
                self.api.post(f"{path}/publish", version=written["reply"]["version"])
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.CONFLICT or attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def write_to_chats(self) -> int:
        """How many messages were asked for, one for each chat that waits for us and can be written to."""
        self._sync(self.chats)
        chats = self.api.all(self.chats)
        self.chats_synced = len(chats)
        for chat in chats:
            if chat["status"] == "waiting_for_us" and chat["listed"]:
                sent = self.api.send_form(f"{self.chats}/{chat['chat_id']}/send", text=LINE, key=chat["chat_id"])
                self.lines.append((chat["chat_id"], sent["id"]))
        return len(self.lines)

    def wait_until_settled(self) -> bool:
        """False when time ran out."""
        answered = self.wait("questions verified", lambda: self._questions_in(OPEN_STATES) == 0)
        return self.wait("messages sent", lambda: self._lines_in(ON_ITS_WAY) == 0) and answered

    def questions_verified(self) -> int:
        """Answers of ours that Wildberries shows."""
        return self._questions_in(("published",))

    def messages_sent(self) -> int:
        """Lines that surely arrived."""
        return self._lines_in(("sent",))

    def _sync(self, path: str) -> None:
        job, what = self.api.post(f"{path}/sync"), path.split("/")[1]
        self.wait(f"{what} synced", lambda: self.api.get(f"/jobs/{job['id']}")["state"] in ("done", "failed"))

    def _busy(self, kind: str) -> bool:
        jobs = self.api.get("/jobs", limit=200)
        return any(job["kind"] == kind and job["state"] in ("queued", "running") for job in jobs)

    def _questions_in(self, states: tuple[str, ...]) -> int:
        views = self.api.get(self.questions, limit=1, counts=True)["views"]
        return sum(views[state]["count"] for state in states)

    def _lines_in(self, states: tuple[str, ...]) -> int:
        return sum(1 for chat_id, line in self.lines if self._state_of(chat_id, line) in states)

    def _state_of(self, chat_id: str, line: str) -> str:
        said = self.api.get(f"{self.chats}/{chat_id}/events", limit=200)["items"]
        return next((str(one["state"]) for one in said if one["id"] == line), "unknown")
