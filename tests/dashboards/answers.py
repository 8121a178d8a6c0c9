"""What the API answers one listener, beside what they truly heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from spotifyweb.accounts.models import Listener
from tests.support.login import browser_of
from tests.support.reference_listens import CountedListen, listens_of, pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All listens of one listener, and their pieces."""

    listens: tuple[CountedListen, ...]
    pieces: tuple[CountedListen, ...]

    @classmethod
    def by(cls, user_id: str, everything: Sequence[CountedListen]) -> "Heard":
        listens = listens_of(everything, user_id, lambda _: True, spoken=None)
        return cls(listens=tuple(listens), pieces=tuple(pieces(listens)))


class Asking:
    """One listener's API, and their listens."""

    def __init__(self, somebody: Listener, heard: Heard) -> None:
        self.browser, self.somebody = browser_of(somebody), somebody
        self.heard, self.pieces = heard.listens, heard.pieces

    def __call__(self, path: str) -> Any:
        response = self.browser.get(f"/api/v1/stats/{path}")
        assert response.status_code == 200, (path, response.content)
        return response.json()

    def music(self, first: date = date.min, last: date = date.max) -> list[CountedListen]:
        """In pieces: counted where they began, with their time where they were heard."""
        return [
            o for o in self.pieces if o.content_type == "track" and first <= o.local_date <= last
        ]

    def plays(self, first: date = date.min, last: date = date.max) -> list[CountedListen]:
        """That began in these days."""
        return [one for one in self.music(first, last) if one.is_play and one.begins]

    def spoken(self) -> list[CountedListen]:
        return [one for one in self.pieces if one.content_type != "track"]

    @property
    def today(self) -> date:
        return timezone.now().astimezone(ZoneInfo(self.somebody.timezone)).date()
