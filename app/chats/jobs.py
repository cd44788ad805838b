"""The jobs of this package; `worker/handlers.py` binds them."""

from app.kit.jobs import Job, job


@job
class SyncChats(Job):
    """Read the list of chats and the event stream; one at a time per shop, whoever asks."""

    def lock(self) -> str:
        return f"sync-chats:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "sync-chats"


@job
class SendMessages(Job):
    """Send what is queued in one chat, in order, each at most once however often this runs."""

    chat_id: str
    wake_up = True
    urgency = 10

    def lock(self) -> str:
        return f"send-chat:{self.shop_id}:{self.chat_id}"

    def dedupe_key(self) -> str:
        return f"send-chat:{self.chat_id}"


@job
class DraftChatMessage(Job):
    """Write a draft into a chat on a person's request; nobody sends it but a person."""

    chat_id: str
    asked_by: str

    def dedupe_key(self) -> str:
        return f"draft-chat:{self.chat_id}"
