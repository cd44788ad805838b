"""A list of feedbacks in order of creation that is cheap to page, to cut by date, and to change."""

from bisect import bisect_left, insort

Key = tuple[int, str]


class Index:
    """Keys are (creation second, id); a window is a half-open range of positions."""

    def __init__(self) -> None:
        self._keys: list[Key] = []

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: Key) -> None:
        insort(self._keys, key)

    def add_many(self, keys: list[Key]) -> None:
        self._keys.extend(keys)
        self._keys.sort()

    def remove(self, key: Key) -> None:
        at = bisect_left(self._keys, key)
        if at < len(self._keys) and self._keys[at] == key:
            del self._keys[at]

    def window(self, first: int | None, last: int | None) -> range:
        """Both seconds included."""
        low = 0 if first is None else bisect_left(self._keys, (first, ""))
        high = len(self._keys) if last is None else bisect_left(self._keys, (last + 1, ""))
        return range(low, max(low, high))

    def ids(self, window: range) -> list[str]:
        return [wb_id for _, wb_id in self._keys[window.start : window.stop]]

    def page(self, window: range, *, skip: int, take: int, descending: bool) -> list[str]:
        if descending:
            stop = max(window.start, window.stop - skip)
            return self.ids(range(max(window.start, stop - take), stop))[::-1]
        start = min(window.stop, window.start + skip)
        return self.ids(range(start, min(window.stop, start + take)))
