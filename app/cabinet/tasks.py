"""A task as it is handed out: a feedback, what is to be done with it, and the words for that."""

from typing import Final

import asyncpg

from app.kit.clock import utc_text

FILEABLE: Final = "c.reason_id BETWEEN 11 AND 20 AND btrim(c.text) <> ''"
"""Of a row `c` of complaints: with any other reason the extension would click the first button."""

WORDS: Final = "concat_ws(E'\\n', nullif(f.text, ''), nullif(f.pros, ''), nullif(f.cons, ''))"
"""All that the buyer wrote in a row `f` of feedbacks."""

TASK: Final = f"""f.wb_id AS feedback_id, f.nm_id, f.rating, {utc_text("f.written_at")} AS written_at, f.buyer_name,
  {WORDS} AS words, s.complaint, s.chat, s.visibility"""
"""Columns of a task from feedbacks `f` and standings `s`, the moment as text.

`reason_id` and `complaint_text` go with them.
"""

Task = asyncpg.Record
"""TASK, its kind (complaint, open, link or reading), and `held`: it is the asking token's already."""
