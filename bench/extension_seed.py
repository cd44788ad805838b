"""SQL that makes standings and all around them from feedbacks, in the proportions of a shop that files complaints.

Of 1-3 stars with a page (three quarters): 8 % pending, 18 approved, 24 rejected, 10 drafts ready to be filed, 2 to
approve, 20 still open for a complaint, 5 without ground, 12 closed. Half of all feedbacks have a page state.
"""


def _dice(salt: str, sides: int) -> str:
    return f"abs(hashtext(f.wb_id || '{salt}')) % {sides}"


TOUCHED = (
    "standings", "page_states", "standing_events", "tallies", "complaint_sizes", "chat_links", "chat_link_events",
    "rate_buckets",
)  # fmt: skip
"""By the extensions' reports: rewound after each loop, and vacuumed by us alone."""

_RULES = """
INSERT INTO product_rules (shop_id, nm_id, work_status, complaint_ratings, chats, chat_ratings, updated_at, updated_by)
SELECT shop_id, nm_id, CASE WHEN nm_id % 10 < 8 THEN 'active' WHEN nm_id % 10 = 8 THEN 'paused' ELSE 'stopped' END,
  '{1,2,3}', nm_id % 5 <> 3, '{1,2,3,4}', now() - interval '90 days', 'system'
FROM (SELECT DISTINCT shop_id, nm_id FROM feedbacks) p WHERE nm_id % 20 <> 9
"""
_SEEN = f"""
CREATE TEMP TABLE seen AS
SELECT f.shop_id, f.wb_id AS feedback_id, f.nm_id, f.rating, f.written_at, f.written_minute,
  f.text || f.pros || f.cons <> '' AS has_words, f.complaint_possible, f.deleted_at IS NOT NULL AS deleted,
  count(*) FILTER (WHERE f.deleted_at IS NULL) OVER (PARTITION BY f.shop_id, f.nm_id, f.rating, f.written_minute)
    - (f.deleted_at IS NULL)::int > 0 AS key_shared,
  coalesce(r.work_status = 'active' AND f.child_id IS NULL
    AND f.written_at >= timestamptz '2023-10-01 00:00+03', false) AS in_work,
  coalesce(f.rating = ANY(r.complaint_ratings), false) AS complaint_allowed,
  coalesce(r.chats AND f.rating = ANY(r.chat_ratings), false) AS chat_allowed,
  f.deleted_at IS NULL AND {_dice("read", 1000)} < CASE WHEN f.rating <= 4 THEN 750 ELSE 365 END AS read,
  {_dice("fate", 1000)} AS fate, {_dice("chat", 1000)} AS talk, {_dice("face", 100)} AS face,
  now() - interval '2 days' - interval '1 minute' * ({_dice("at", 40000)}) AS read_at
FROM feedbacks f LEFT JOIN product_rules r ON r.shop_id = f.shop_id AND r.nm_id = f.nm_id
"""
_FATES = """
CREATE TEMP TABLE fates AS
SELECT *, CASE
    WHEN NOT read OR key_shared OR rating > 3 OR NOT has_words THEN 'none'
    WHEN fate < 80 THEN 'pending' WHEN fate < 260 THEN 'approved' WHEN fate < 500 THEN 'rejected'
    WHEN fate < 510 THEN 'reconsidered' WHEN fate < 630 THEN 'draft' ELSE 'none' END AS complaint
FROM seen WHERE rating <= 4 OR read
"""
_SHOWN = """
CREATE TEMP TABLE shown AS
SELECT *, complaint NOT IN ('none', 'draft') AS filed, complaint = 'draft' AND fate < 610 AS ready,
  complaint = 'draft' OR (complaint = 'none' AND rating <= 4 AND fate BETWEEN 630 AND 880) AS can_submit,
  CASE WHEN deleted THEN 'deleted' WHEN NOT read OR key_shared THEN 'unknown'
    WHEN complaint = 'approved' THEN (ARRAY['hidden', 'unpublished', 'excluded'])[1 + face % 3]
    WHEN face = 0 THEN 'hidden' ELSE 'visible' END AS visibility,
  CASE WHEN NOT read OR key_shared THEN 'unknown' WHEN rating = 5 THEN 'unavailable'
    WHEN complaint = 'rejected' THEN CASE WHEN talk < 250 THEN 'available' WHEN talk < 600 THEN 'opened'
      WHEN talk < 800 THEN 'unavailable' ELSE 'unknown' END
    WHEN talk < 250 THEN 'available' WHEN talk < 300 THEN 'opened' WHEN talk < 850 THEN 'unavailable'
    ELSE 'unknown' END AS chat,
  CASE WHEN NOT read OR key_shared THEN 'unknown' WHEN face < 85 THEN 'purchased' WHEN face < 93 THEN 'returned'
    ELSE 'refused' END AS purchase,
  read AND NOT key_shared AND face = 50 AS supplemented, read AND NOT key_shared AS known
FROM fates
"""
_STANDINGS = """
INSERT INTO standings (shop_id, feedback_id, nm_id, rating, written_at, has_words, complaint_possible, key_shared,
  in_work, complaint_allowed, chat_allowed, complaint, ready, triage, complaint_at, filed_by, filed_at, verdict_at,
  odds, visibility, purchase, supplemented, can_submit, chat, chat_at, chat_linked, page_read_at)
SELECT shop_id, feedback_id, nm_id, rating, written_at, has_words, complaint_possible, key_shared,
  in_work, complaint_allowed, chat_allowed, complaint, ready,
  CASE WHEN known AND complaint = 'none' AND fate BETWEEN 830 AND 880 AND rating <= 3 THEN 'no_ground' ELSE 'open' END,
  CASE WHEN complaint <> 'none' THEN read_at END,
  CASE WHEN filed THEN CASE WHEN face < 70 THEN 'us' ELSE 'seller' END END,
  CASE WHEN filed THEN date_trunc('day', read_at - interval '4 days', 'Europe/Moscow') END,
  CASE WHEN complaint IN ('approved', 'rejected', 'reconsidered') THEN read_at END,
  CASE WHEN complaint = 'draft' THEN fate * 7 % 700 ELSE 0 END, visibility, purchase, supplemented,
  CASE WHEN known THEN can_submit END, chat, CASE WHEN chat <> 'unknown' THEN read_at END,
  chat = 'opened' AND face < 90, CASE WHEN known THEN read_at END
FROM shown
"""
_PAGES = """
INSERT INTO page_states (shop_id, nm_id, rating, minute, feedback_id, match, statuses, can_submit, chat_status,
  rating_excluded, feedback_date, read_at, created_at, updated_at)
SELECT DISTINCT ON (shop_id, nm_id, rating, written_minute) shop_id, nm_id, rating, written_minute,
  CASE WHEN known THEN feedback_id END, CASE WHEN known THEN 'one' ELSE 'several' END,
  to_jsonb(array_remove(ARRAY[
    CASE complaint WHEN 'pending' THEN 'Проверяем жалобу' WHEN 'approved' THEN 'Жалоба одобрена'
      WHEN 'rejected' THEN 'Жалоба отклонена' WHEN 'reconsidered' THEN 'Жалоба пересмотрена' END,
    CASE purchase WHEN 'returned' THEN 'Возврат' WHEN 'refused' THEN 'Отказ' ELSE 'Выкуп' END,
    CASE visibility WHEN 'hidden' THEN 'Временно скрыт' WHEN 'unpublished' THEN 'Снят с публикации'
      WHEN 'excluded' THEN 'Исключён из рейтинга' ELSE 'Виден' END,
    CASE WHEN supplemented THEN 'Дополнен' END], NULL)),
  can_submit, CASE chat WHEN 'available' THEN 'chat_available' WHEN 'opened' THEN 'chat_opened'
    WHEN 'unavailable' THEN 'chat_not_activated' END,
  false, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.000Z'), read_at,
  read_at - interval '1 minute' * face, read_at
FROM shown WHERE read ORDER BY shop_id, nm_id, rating, written_minute, feedback_id
"""
_COMPLAINTS = """
INSERT INTO complaints (shop_id, feedback_id, reason_id, text, quotes, why_not, why_not_text, writer, provable, version,
  feedback_fingerprint, created_at, updated_at, updated_by, queued_at, queued_by)
SELECT shop_id, feedback_id, CASE WHEN complaint <> 'none' THEN 11 + fate % 10 END,
  CASE WHEN complaint <> 'none' THEN 'Жалоба от: ' || read_at::date || '. ' || repeat(
    'В отзыве есть слова, которые нарушают правила площадки, и они не относятся к товару. ', 2 + face % 4) ELSE '' END,
  '["слова отзыва"]', CASE WHEN complaint = 'none' THEN 'no_words' ELSE '' END, '', 'rules', face < 20, 1, '',
  read_at - interval '5 days', read_at - interval '5 days', 'system',
  CASE WHEN ready OR filed THEN read_at - interval '4 days' END, CASE WHEN ready OR filed THEN 'system' ELSE '' END
FROM shown WHERE complaint = 'draft' OR (filed AND face < 70)
  OR (known AND complaint = 'none' AND fate BETWEEN 830 AND 880 AND rating <= 3)
"""
_HISTORY = """
INSERT INTO standing_events (shop_id, feedback_id, at, track, from_state, to_state, source, observed_at, actor, raw)
SELECT shop_id, feedback_id, read_at, 'complaint', 'none', complaint, 'filer', read_at, 'system', ''
FROM shown WHERE complaint <> 'none'
UNION ALL
SELECT shop_id, feedback_id, read_at, 'chat', 'unknown', chat, 'filer', read_at, 'system', ''
FROM shown WHERE chat <> 'unknown' AND rating <= 4
"""
_LINKS = """
INSERT INTO chat_links (shop_id, id, nm_id, rating, minute, feedback_id, chat_url, chat_id, status, opened_at,
  created_at, updated_at, message_status)
SELECT shop_id, gen_random_uuid(), nm_id, rating, written_minute, feedback_id,
  'https://seller.wildberries.ru/chat-with-clients?chatId=' || feedback_id, '1:' || feedback_id, 'CHAT_OPENED', read_at,
  read_at, read_at, 'MESSAGE_SENT'
FROM shown WHERE chat = 'opened' AND face < 90
"""
_COUNTS = """
INSERT INTO feedback_counts (shop_id, rating, feedbacks)
SELECT shop_id, rating, count(*) FROM feedbacks WHERE deleted_at IS NULL GROUP BY shop_id, rating
"""
_REFRESHED = "INSERT INTO standing_refreshes (shop_id, through) SELECT id, now() FROM shops"

SEED = (_RULES, _SEEN, _FATES, _SHOWN, _STANDINGS, _PAGES, _COMPLAINTS, _HISTORY, _LINKS, _COUNTS, _REFRESHED)
