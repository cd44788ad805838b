import pytest

from app.shops.models import TokenKind
from app.wildberries.limits import BASIC, FULL, Bucket, budget


@pytest.mark.parametrize(
    ("kind", "has_secret", "interval", "capacity"),
    [
        (TokenKind.PERSONAL, False, 0.34, 3),
        (TokenKind.SERVICE, False, 0.34, 3),
        (TokenKind.TEST, False, 0.34, 3),
        (TokenKind.BASIC, True, 0.34, 3),
        (TokenKind.BASIC, False, 734.4, 1),
        (TokenKind.UNKNOWN, False, 734.4, 1),
        (TokenKind.UNKNOWN, True, 734.4, 1),
    ],
)
def test_feedbacks_by_token_kind(kind: TokenKind, has_secret: bool, interval: float, capacity: int) -> None:
    allowed = budget(kind, Bucket.FEEDBACKS, has_secret=has_secret)

    assert allowed.interval == pytest.approx(interval)
    assert allowed.capacity == capacity


def test_a_faster_clock_shortens_intervals() -> None:
    assert budget(TokenKind.PERSONAL, Bucket.FEEDBACKS, has_secret=False, speed=10).interval == pytest.approx(0.034)


@pytest.mark.parametrize("bucket", Bucket)
def test_every_bucket_is_in_both_tables_and_never_above_the_published_limit(bucket: Bucket) -> None:
    for kind, table in ((TokenKind.PERSONAL, FULL), (TokenKind.BASIC, BASIC)):
        allowed = budget(kind, bucket, has_secret=False)

        assert allowed.interval > table[bucket].interval
        assert 1 <= allowed.capacity <= table[bucket].burst
