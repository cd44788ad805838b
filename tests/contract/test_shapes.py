"""The shape checker itself: it must be able to object."""

from typing import Any

import pytest

from tests.contract.shapes import Shape, count, instant, keyed, misfits, number_text, one_of, opaque_id, or_null, rate


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (True, int), (1, bool), (1.0, int), ("1", int), (None, str), ({}, [int]), ([], {"a": int}),
        ({"b": 1}, {"a": int}), ({"a": "1"}, {"a": int}), ([1, "2"], [int]), (-1, count), (1.0, count), (True, count),
        ("2026-01-07T20:09:37Z", instant), ("2026-01-07T20:09:37.000000Z", instant), (5, instant),
        ("2026-01-07T20:09:37.000+00:00", instant), ("a/b", opaque_id), ("", opaque_id), ("a b", opaque_id),
        (1, opaque_id), ("x", or_null(int)), (1, one_of(True)), ("open", one_of("link")), (2, rate),
        ("01", number_text), ({"x": 1}, keyed(number_text, int)), ({"1": "x"}, keyed(number_text, int)),
        ([], keyed(number_text, int)),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_objected_to(value: Any, shape: Shape) -> None:
    assert len(misfits(value, shape)) == 1


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (1, int), (False, bool), ({"a": 1, "more": 2}, {"a": int}), ([], [int]), ([{"a": 1}], [{"a": int}]),
        ("2026-01-07T20:09:37.000Z", instant), ("a%20b-1", opaque_id), (None, or_null(int)), (0, rate), (0.5, rate),
        ({"7": [1]}, keyed(number_text, [int])), ("open", one_of("open", "link")),
    ],
)  # fmt: skip
def test_what_fits_is_not(value: Any, shape: Shape) -> None:
    assert misfits(value, shape) == []


def test_it_says_where() -> None:
    said = misfits({"rows": [{"at": "вчера"}]}, {"rows": [{"at": instant}]})

    assert said == ["$.rows[0].at: an instant with three digits and Z, not 'вчера'"]
