"""The process in which uploads are parsed: `python -m ingestion.history_import.parser_process`.

It knows no settings, no database and no secrets, and limits its own memory and time before it opens
anything: whatever a file does to a parser ends here. It reads requests as lines of JSON from
stdin and writes messages as lines of JSON: what it opens, what it found, then the rows.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from ingestion.history_import import file_reader
from ingestion.history_import.discovery import Discovery, HistoryFile
from ingestion.history_import.errors import ImportRefused, Sentence, gettext_noop
from ingestion.history_import.file_reader import Extent
from ingestion.history_import.json_rows import Unreadable

MEMORY_BYTES = 280 * 1024**2
CPU_SECONDS = 30
CPU_SECONDS_PER_MB = 1.0  # of both passes; an honest export takes about a tenth of that
SILENT_SECONDS = 300  # between two messages
BATCH_ROWS = 100
PROGRESS_BYTES = 1024**2
OUT_OF_MEMORY = 12  # exit status
NO_OBJECT = gettext_noop("not an object")

Message = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class UploadParser:
    """Parse one upload. `send` takes each message, `allow` the bytes that will be read."""

    send: Callable[[Message], None]
    allow: Callable[[int], None] = lambda _: None
    unsent_bytes: int = 0
    extents: dict[str, Extent] = field(default_factory=dict)

    def run(self, request: Message) -> None:
        """Read every file to its end, send what was found, then the rows."""
        try:
            with ExitStack() as stack:
                search = Discovery(
                    max_bytes=request["max_bytes"],
                    stack=stack,
                    excluded={
                        location: [Sentence(**sentence) for sentence in reason]
                        for location, reason in request["excluded"].items()
                    },
                    on_open=self._opens,
                )
                for history in self._checked(search, [Path(path) for path in request["paths"]]):
                    self._send_rows(history)
        except ImportRefused as refusal:
            self.send({"refused": refusal.sentences})
        else:
            self.send({"end": True})

    def _checked(self, search: Discovery, paths: list[Path]) -> list[HistoryFile]:
        """Return the files whose rows can be read, after announcing all of them."""
        histories = search.history(paths)
        total = 2 * sum(history.member.size for history in histories)
        self.allow(total)
        self.send({"total": total})
        readable = [history for history in histories if self._is_readable(history, search)]
        if not readable:
            raise search.refusal()
        found = [self._description(history) for history in readable]
        self.send({"found": found, "rejected": [asdict(file) for file in search.rejected]})
        return readable

    def _is_readable(self, history: HistoryFile, search: Discovery) -> bool:
        self._opens(history.location)
        found = file_reader.extent(history.member, on_bytes=self._reads)
        if found.damage:
            search.reject(history.member.name, found.damage)
        self.extents[history.location] = found
        return found.rows > 0 or not found.damage

    def _description(self, history: HistoryFile) -> Message:
        is_whole = not self.extents[history.location].damage
        return {"name": history.member.name, "shape": history.shape, "is_whole": is_whole}

    def _send_rows(self, history: HistoryFile) -> None:
        self._opens(history.location)
        with closing(file_reader.rows(history.member, on_bytes=self._reads)) as rows:
            certain = islice(rows, self.extents[history.location].rows)
            while batch := list(islice(certain, BATCH_ROWS)):
                self.send({"rows": [_sendable(row) for row in batch]})
        self.send({"closed": history.location})

    def _opens(self, location: str) -> None:
        self.send({"open": location})

    def _reads(self, count: int) -> None:
        self.unsent_bytes += count
        if self.unsent_bytes >= PROGRESS_BYTES or not count:
            self.send({"read": self.unsent_bytes})
            self.unsent_bytes = 0


def _sendable(row: Any) -> Any:
    """Return a row, or the reason why it is none."""
    if isinstance(row, Unreadable):
        return row.reason
    return row if isinstance(row, dict) else NO_OBJECT


def limit(soft: int, *, kind: int) -> None:
    """Set a soft resource limit, where this system knows that kind."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))


def confine() -> None:
    """Set limits before anything is opened; the kernel kills this process before any other."""
    limit(MEMORY_BYTES, kind=resource.RLIMIT_AS)
    limit(CPU_SECONDS, kind=resource.RLIMIT_CPU)
    limit(0, kind=resource.RLIMIT_CORE)  # it would hold what was uploaded
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with who reads from it
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    vars(zipfile)["MAX_EXTRACT_VERSION"] = 255  # else one such file makes a zip unreadable as whole


def allow(total_bytes: int) -> None:
    """Allow more processor time for more bytes."""
    limit(CPU_SECONDS + int(CPU_SECONDS_PER_MB * total_bytes / 1e6), kind=resource.RLIMIT_CPU)


def send(message: Message) -> None:
    """Write a message; a clock runs only while it does not wait for the reader."""
    signal.alarm(0)
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()
    signal.alarm(SILENT_SECONDS)


def main() -> None:
    confine()
    try:
        for request in sys.stdin:
            UploadParser(send=send, allow=allow).run(json.loads(request))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
