"""The filing and the checking extension in one, as far as they talk to us."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from app.cli.cabinet_pages import Line
from app.kit.clock import MOSCOW, utc_now

VERDICTS_AT_ONCE = 500
DAY, MINUTE = "%d.%m.%Y", "%d.%m.%Y в %H:%M"


class Filer:
    """Raises httpx.HTTPStatusError for whatever is not a success."""

    def __init__(self, web: str, secret: str, shop: str) -> None:
        authorized = {"Authorization": f"Bearer {secret}"}
        self.http = httpx.Client(base_url=f"{web}/api/extension", headers=authorized, timeout=60, trust_env=False)
        self.shop = shop

    def complaints(self) -> list[dict[str, Any]]:
        """One round of tasks."""
        answer = self.http.get(f"/stores/{self.shop}/tasks").raise_for_status().json()
        return [task for article in answer["articles"].values() for task in article["complaints"]]

    def sent(self, wb_id: str) -> bool:
        """False when that was known before; the shipped extension counts either as done."""
        body = {"sentAt": utc_now().isoformat(), "duration": 1500}
        answer = self.http.post(f"/stores/{self.shop}/reviews/{wb_id}/complaint/sent", json=body)
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        answer.raise_for_status()
        return True

    def report_page(self, rows: Sequence[dict[str, Any]], *, read_at: datetime | None = None) -> None:
        """Without a time the page counts as read just now."""
        said = {"parsedAt": read_at.isoformat()} if read_at else {}
        self._report("/review-statuses", said | {"reviews": rows})

    def report_verdicts(self, lines: Sequence[Line]) -> None:
        """The first label of each, under the key that the page's own clock gives it."""
        today = utc_now().astimezone(MOSCOW).strftime(DAY)
        rows = [
            {"reviewKey": line.printed_key, "status": line.labels[0], "filedBy": "R5", "complaintDate": today}
            for line in lines
        ]
        for start in range(0, len(rows), VERDICTS_AT_ONCE):
            self._report("/complaint-statuses", {"results": rows[start : start + VERDICTS_AT_ONCE]})

    def report_evidence(self, line: Line) -> None:
        """Of an approved complaint."""
        now = utc_now().astimezone(MOSCOW)
        details = {
            "checkDate": now.strftime(MINUTE),
            "cabinetName": "Демо-магазин",
            "articul": str(line.nm_id),
            "reviewId": line.wb_id,
            "feedbackRating": line.rating,
            "feedbackDate": line.printed_at.strftime(MINUTE),
            "complaintSubmitDate": now.strftime(DAY),
            "status": line.labels[0],
            "hasScreenshot": True,
            "fileName": f"{line.nm_id}_{line.wb_id}.png",
            "driveLink": f"https://drive.example.com/{line.wb_id}",
            "complaintCategory": line.reason,
            "complaintText": line.words,
        }
        self._report("/complaint-details", {"complaint": details})

    def _report(self, path: str, said: dict[str, Any]) -> None:
        self.http.post(path, json={"storeId": self.shop} | said).raise_for_status()
