"""One round of work for an extension: at most so much, the products with most to do first.

All of it costs the same in a shop of any size: a window of each queue is read off its partial index, and only what
is handed out is looked up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from app.cabinet.leasing import FREE, HELD
from app.cabinet.limits import Limits
from app.cabinet.tasks import FILEABLE, TASK, Task
from app.kit.db import Direct

MOST_ARTICLES: Final = 60
MOST_COMPLAINTS: Final = 100
MOST_CHATS: Final = 40
MOST_READINGS: Final = 300
MOST_READINGS_EACH: Final = 20
COMPLAINT_WINDOW: Final = 500
CHAT_WINDOW: Final = 200
"""Of each kind, `open` and `link`."""

# LATERAL … LIMIT 1 keeps the planner from reading all complaints of the shop to find a hundred.
_LOOK: Final = f"""
WITH complaint AS MATERIALIZED (
  SELECT s.feedback_id, s.nm_id, s.written_at, s.odds, s.complaint, s.chat, s.visibility, {HELD} AS held
  FROM standings s WHERE s.shop_id = $1 AND s.queued_complaint AND {FREE}
  ORDER BY s.odds DESC, s.written_at DESC, s.feedback_id DESC LIMIT {COMPLAINT_WINDOW}
),
talk AS MATERIALIZED (
  (SELECT 'open' AS kind, s.feedback_id, s.nm_id, s.written_at, s.complaint, s.chat, s.visibility, {HELD} AS held
   FROM standings s WHERE s.shop_id = $1 AND s.queued_chat AND {FREE}
   ORDER BY s.written_at DESC, s.feedback_id DESC LIMIT {CHAT_WINDOW})
  UNION ALL
  (SELECT 'link', s.feedback_id, s.nm_id, s.written_at, s.complaint, s.chat, s.visibility, {HELD}
   FROM standings s WHERE s.shop_id = $1 AND s.queued_link AND {FREE}
   ORDER BY s.written_at DESC, s.feedback_id DESC LIMIT {CHAT_WINDOW})
),
article AS MATERIALIZED (
  SELECT nm_id, count(*) AS work, max(written_at) AS newest
  FROM (SELECT nm_id, written_at FROM complaint UNION ALL SELECT nm_id, written_at FROM talk) task
  GROUP BY nm_id ORDER BY work DESC, newest DESC, nm_id LIMIT {MOST_ARTICLES}
),
handed AS MATERIALIZED (
  (SELECT 'complaint' AS kind, held, feedback_id, nm_id, complaint, chat, visibility, reason_id, text
   FROM complaint JOIN article USING (nm_id)
   CROSS JOIN LATERAL (
     SELECT c.reason_id, c.text FROM complaints c
     WHERE c.shop_id = $1 AND c.feedback_id = complaint.feedback_id AND {FILEABLE} LIMIT 1
   ) words
   ORDER BY odds DESC, written_at DESC, feedback_id DESC LIMIT $4)
  UNION ALL
  (SELECT kind, held, feedback_id, nm_id, complaint, chat, visibility, NULL::smallint, NULL
   FROM talk JOIN article USING (nm_id) ORDER BY written_at DESC, feedback_id DESC LIMIT $5)
),
reading AS (
  SELECT 'reading', true, r.feedback_id, a.nm_id, r.complaint, r.chat, r.visibility, NULL::smallint, NULL
  FROM (SELECT nm_id FROM handed GROUP BY nm_id ORDER BY count(*) DESC, nm_id) a
  CROSS JOIN LATERAL (
    SELECT s.feedback_id, s.complaint, s.chat, s.visibility FROM standings s
    WHERE s.shop_id = $1 AND s.nm_id = a.nm_id AND s.queued_reading
    ORDER BY s.written_at DESC, s.feedback_id DESC LIMIT {MOST_READINGS_EACH}
  ) r
  LIMIT {MOST_READINGS}
)
SELECT s.kind, s.held, {TASK}, s.reason_id, s.text AS complaint_text
FROM (TABLE handed UNION ALL TABLE reading) s JOIN feedbacks f ON f.shop_id = $1 AND f.wb_id = s.feedback_id
ORDER BY f.written_at DESC, f.wb_id DESC
"""  # noqa: S608


@dataclass(slots=True)
class Article:
    """The tasks of one product, newest first."""

    complaints: list[Task] = field(default_factory=list)
    chats: list[Task] = field(default_factory=list)
    readings: list[Task] = field(default_factory=list)

    @property
    def work(self) -> int:
        """A page that only needs reading is not worth opening."""
        return len(self.complaints) + len(self.chats)


async def look(connection: Direct, shop_id: UUID, token_id: UUID, limits: Limits, *, now: datetime) -> Sequence[Task]:
    """What `hand_out` would give this token now."""
    complaints = min(MOST_COMPLAINTS, limits.complaints_per_run)
    return await connection.fetch(_LOOK, shop_id, token_id, now, complaints, min(MOST_CHATS, limits.chats_per_run))


def by_article(tasks: Iterable[Task]) -> Mapping[int, Article]:
    """The products with most work first; one that only has readings is left out."""
    found: dict[int, Article] = defaultdict(Article)
    for task in tasks:
        article, kind = found[task["nm_id"]], task["kind"]
        place = article.readings if kind == "reading" else article.complaints if kind == "complaint" else article.chats
        place.append(task)
    worth = [(nm_id, article) for nm_id, article in found.items() if article.work]
    return dict(sorted(worth, key=lambda each: each[1].work, reverse=True))
