"""What a worker leaves for others to see."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Model


class WorkerBeat(Model):
    """A living worker: `beat_at` is renewed every few seconds, the row goes when the worker stops."""

    __tablename__ = "workers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
