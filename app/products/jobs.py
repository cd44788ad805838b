"""The jobs of this package; `worker/handlers.py` binds them."""

from app.kit.jobs import Job, job


@job
class SyncProducts(Job):
    """Bring the shop's cards up to date; one at a time per shop."""

    def lock(self) -> str:
        return f"sync-products:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "sync-products"
