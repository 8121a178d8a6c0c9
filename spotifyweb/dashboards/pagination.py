"""Pages of long lists that the warehouse cuts.

Not Django's Paginator, which counts before it cuts: a ranking's query returns rows and total.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from spotifyweb import bounds

LAST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    number: int = 1
    size: int = 50
    total: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str], *, size: int) -> Self:
        number = bounds.parse_integer(query.get("page", "")) or 1
        return cls(number=max(1, min(number, LAST)), size=size)

    def with_total(self, total: int) -> "Page":
        return replace(self, total=total)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number * self.size < self.total else None

    @property
    def reachable_last(self) -> int:
        """The last page that an address can ask for."""
        return min(self.last, LAST)

    @property
    def second_last(self) -> int:
        return self.reachable_last - 1

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))
