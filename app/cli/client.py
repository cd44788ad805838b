"""WBRM's own API as a program uses it."""

from typing import Any

import httpx


class Api:
    """Raises httpx.HTTPStatusError for whatever is not a success."""

    def __init__(self, web: str) -> None:
        self.http = httpx.Client(base_url=f"{web}/api", timeout=60, trust_env=False)

    def authorize(self, token: str) -> None:
        """From now on as this user."""
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **params: Any) -> Any:
        """The answer's JSON."""
        return self.http.get(path, params=params).raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        """With a JSON body where there is one."""
        return self.http.post(path, json=body or None).raise_for_status().json()

    def put(self, path: str, **body: Any) -> Any:
        """With a JSON body."""
        return self.http.put(path, json=body).raise_for_status().json()

    def send_form(self, path: str, **fields: str) -> Any:
        """As a form with possible files is sent."""
        parts = [(name, (None, value)) for name, value in fields.items()]
        return self.http.post(path, files=parts).raise_for_status().json()

    def all(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.get(path, limit=100, **filters, **more)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found
