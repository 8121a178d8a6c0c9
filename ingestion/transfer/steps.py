"""Which steps of a move the target has finished: one object of its lake, written after each.

It also says whose data the target holds: a move that was killed goes on, another's is refused.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import orjson

from ingestion.backup.archive import BackupError
from ingestion.transfer.request import TransferRequest
from spotifyweb.lake import Lake, ObjectNotFound

KEYS = "transfer/"
KEY = f"{KEYS}steps.json"


@dataclass(kw_only=True)
class Steps:
    """A move, as its target knows it."""

    store: Lake
    source: str
    name: str = ""  # of the archive that the steps are of
    finished: dict[str, Any] = field(default_factory=dict)  # step -> what it counted
    completed_at: str = ""

    @classmethod
    def read(cls, store: Lake) -> Self | None:
        try:
            return cls(store=store, **orjson.loads(store.get(KEY)))
        except ObjectNotFound:
            return None

    def begin(self, name: str) -> None:
        """Begin anew where the archive is another one: the source was used since."""
        if name != self.name:
            self.name, self.finished = name, {}
        self._write()

    def finish(self, step: str, count: Any) -> None:
        self.finished[step] = count
        self._write()

    def repeat(self, step: str) -> None:
        del self.finished[step]
        self._write()

    def complete(self, at: datetime) -> None:
        self.completed_at = at.isoformat()
        self._write()

    def _write(self) -> None:
        values = {name: value for name, value in vars(self).items() if name != "store"}
        self.store.put(KEY, orjson.dumps(values))


def require_same_source(steps: Steps, request: TransferRequest) -> None:
    """Raise BackupError where the target holds another install, or a move that has ended."""
    if steps.source != request.source:
        raise BackupError(f"the lake (LAKE_URL) holds a move of another install, {steps.source}")
    if steps.completed_at:
        raise BackupError(
            f"the move ended at {steps.completed_at}: the target may hold newer data by now."
            " To move again, choose empty engines"
        )
