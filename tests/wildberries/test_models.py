import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wildberries.decoding import Garbled, decode
from app.wildberries.feedbacks import Incomplete, incoming
from app.wildberries.models import FeedbackIn, FeedbackRow, parse_page

WHOLE: dict[str, Any] = {
    "id": "G7Y9Y1kBAtKOitoBT_lV",
    "text": "Тёплый свитер",
    "pros": "мягкий",
    "cons": " ",
    "productValuation": 5,
    "createdDate": "2026-09-25T11:18:41.123456789+03:00",
    "state": "wbRu",
    "answer": {"text": "Спасибо!", "state": "rejectedAntispam", "editable": True},
    "productDetails": {"nmId": 123, "imtId": 3, "productName": "Свитер", "size": "0", "supplierArticle": None},
    "photoLinks": [{"fullSize": "https://a/1.webp", "miniSize": "https://a/2.webp"}],
    "video": None,
    "wasViewed": True,
    "userName": "Ольга",
    "orderStatus": "buyout",
    "matchingSize": "ок",
    "bables": ["цена"],
    "isAbleSupplierFeedbackValuation": True,
    "supplierFeedbackValuation": 4,
    "lastOrderShkId": 9_123_456_789_012,
    "lastOrderCreatedAt": "",
    "parentFeedbackId": None,
    "childFeedbackId": "child",
    "somethingNew": {"of": "tomorrow"},
}
BARE = {
    "id": "x",
    "productValuation": 1,
    "createdDate": "2026-09-25T11:18:41Z",
    "productDetails": {"nmId": 1},
}


def page(*feedbacks: Any) -> dict[str, Any]:
    return {"countUnanswered": 2, "countArchive": 3, "feedbacks": list(feedbacks)}


def row(raw: dict[str, Any]) -> FeedbackRow:
    return FeedbackRow(FeedbackIn.model_validate(raw), raw)


def test_a_whole_feedback_reaches_the_domain() -> None:
    got = incoming(row(WHOLE))

    assert got.written_at == datetime(2026, 9, 25, 8, 18, 41, 123456, UTC)
    assert got.written_at.tzinfo is UTC
    assert (got.wb_id, got.nm_id, got.rating, got.cons) == ("G7Y9Y1kBAtKOitoBT_lV", 123, 5, "")
    assert (got.matching_size, got.tags, got.photo_count, got.has_video) == ("ok", ("цена",), 1, False)
    assert (got.answer_text, got.answer_state, got.answer_editable) == ("Спасибо!", "rejectedAntispam", True)
    assert (got.child_id, got.parent_id, got.supplier_article) == ("child", None, "")
    assert (got.complaint_possible, got.complaint_reason) == (True, 4)
    assert got.raw == WHOLE


def test_a_bare_feedback_reaches_the_domain() -> None:
    got = incoming(row(BARE))

    assert got.rating_only
    assert (got.answer_text, got.answer_state, got.answer_editable) == (None, None, None)
    assert (got.text, got.order_status, got.buyer_name, got.complaint_reason) == ("", "", "", 0)


@pytest.mark.parametrize("name", sorted(set(WHOLE) - {"id"}))
def test_a_missing_or_null_field_never_loses_the_parse(name: str) -> None:
    FeedbackIn.model_validate({key: value for key, value in WHOLE.items() if key != name})
    FeedbackIn.model_validate({**WHOLE, name: None})


@pytest.mark.parametrize(
    ("name", "surprise"),
    [
        ("photoLinks", "none"),
        ("video", 5),
        ("bables", [1, {}]),
        ("wasViewed", "perhaps"),
        ("lastOrderShkId", 10**30),
        ("lastOrderCreatedAt", "yesterday"),
        ("supplierFeedbackValuation", {}),
        ("orderStatus", 7),
        ("state", "somethingUnknown"),
        ("matchingSize", " "),
        ("productDetails", {"nmId": 1, "imtId": "many", "size": 42}),
    ],
)
def test_a_surprise_of_no_weight_does_not_lose_the_feedback(name: str, surprise: Any) -> None:
    assert incoming(row({**WHOLE, name: surprise})).wb_id == WHOLE["id"]


@pytest.mark.parametrize(
    "broken",
    [
        {**BARE, "id": ""},
        {**BARE, "id": None},
        {**BARE, "productValuation": 9},
        {**BARE, "createdDate": "soon"},
        {**BARE, "createdDate": "0001-01-01T00:00:00+10:00"},
        {**BARE, "productDetails": {"nmId": 10**30}},
        {**BARE, "answer": "Спасибо"},
        None,
        [],
        "text",
    ],
)
def test_a_broken_item_is_counted_and_the_page_survives(broken: Any) -> None:
    parsed = parse_page(page(BARE, broken, WHOLE))

    assert [item.feedback.id for item in parsed.items] == ["x", WHOLE["id"]]
    assert [item.index for item in parsed.broken] == [1]
    assert (parsed.total_unanswered, parsed.total_processed) == (2, 3)


@pytest.mark.parametrize("name", ["productValuation", "createdDate", "productDetails"])
def test_what_cannot_be_filed_is_incomplete(name: str) -> None:
    with pytest.raises(Incomplete):
        incoming(row({key: value for key, value in WHOLE.items() if key != name}))


@pytest.mark.parametrize("data", [None, {}, {"feedbacks": None}, [], "x", {"feedbacks": {}, "countArchive": "many"}])
def test_a_page_without_a_list_is_empty(data: Any) -> None:
    parsed = parse_page(data)

    assert (list(parsed.items), list(parsed.broken)) == ([], [])
    assert parsed.total_processed is None


def test_an_empty_answer_is_none() -> None:
    got = incoming(row({**WHOLE, "answer": {"text": " ", "state": "none", "editable": False}}))

    assert got.answer_text is None
    assert got.answer_state == "none"


def test_an_answer_is_kept_to_the_letter() -> None:
    assert incoming(row({**WHOLE, "answer": {"text": " Спасибо!\n"}})).answer_text == " Спасибо!\n"


@pytest.mark.parametrize(
    ("body", "decoded"),
    [
        (rb'{"a": "x\u0000y"}', {"a": "xy"}),
        (rb'{"a": "x\\u0000y"}', {"a": r"x\u0000y"}),
        (rb'{"a": "x\\\u0000y"}', {"a": "x\\y"}),
        (rb'{"a": "\ud83d"}', {"a": "?"}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": NaN}', {"a": None}),
        ('{"a": "👍"}'.encode(), {"a": "👍"}),
    ],
)
def test_what_postgresql_would_not_take_is_mended(body: bytes, decoded: Any) -> None:
    assert decode(body) == decoded


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"[" * 100_000])
def test_what_is_not_json_is_garbled(body: bytes) -> None:
    with pytest.raises(Garbled):
        decode(body)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), ANY_JSON))
def test_no_shape_escapes_the_parser(surprises: dict[str, Any]) -> None:
    parsed = parse_page(page({**WHOLE, **surprises}))

    assert len(parsed.items) + len(parsed.broken) == 1


def test_a_page_of_5000_is_read_well_under_half_a_second() -> None:
    body = json.dumps(page(*({**WHOLE, "id": str(number)} for number in range(5000)))).encode()
    started = time.process_time()

    parsed = parse_page(decode(body))

    assert len(parsed.items) == 5000
    assert time.process_time() - started < 1.5  # 0.25 s on a quiet machine
