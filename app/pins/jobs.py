"""The jobs of this package; they share a lock, so that a list is never read while a write is under way."""

from app.kit.jobs import Job, job


@job
class SyncPins(Job):
    """Read the shop's whole list at Wildberries, and its limits."""

    def lock(self) -> str:
        return f"pins:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "sync-pins"


@job
class PinFeedbacks(Job):
    """Bring all queued pins of the shop to Wildberries."""

    wake_up = True
    urgency = 10

    def lock(self) -> str:
        return f"pins:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "pin-feedbacks"


@job
class UnpinFeedbacks(Job):
    """Unpin at Wildberries all that a person wants unpinned."""

    wake_up = True
    urgency = 10

    def lock(self) -> str:
        return f"pins:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "unpin-feedbacks"
