"""Start the process that parses an upload, and read from it what is certain of the upload.

Only messages of that process are parsed here, never what was uploaded.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ingestion.history_import.discovery import Location, RejectedFile
from ingestion.history_import.errors import ImportRefused, Sentence, gettext_lazy
from ingestion.history_import.parser_process import OUT_OF_MEMORY, Message
from ingestion.history_import.shapes import Shape

COMMAND = [sys.executable, "-m", "ingestion.history_import.parser_process"]
ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")  # no secret among it
BUFFER_BYTES = 1024**2
TOO_SLOW = gettext_lazy("It takes more time than a listening history does.")
ENDS = {  # exit status: what the file did
    OUT_OF_MEMORY: gettext_lazy("It needs more memory than a listening history should."),
    -signal.SIGXCPU: TOO_SLOW,
    -signal.SIGALRM: TOO_SLOW,
}

Parse = Callable[[Message], Generator[Message, None, None]]


class ParserEnded(Exception):
    """The process ended early; `location` is what it had opened, "" for nothing."""

    def __init__(self, location: Location, how: Sentence) -> None:
        super().__init__(str(how))
        self.location, self.how = location, how


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """A file of listening history whose rows can be read."""

    name: str
    shape: Shape
    is_whole: bool


@dataclass(slots=True, kw_only=True)
class Upload:
    """What was found; the rows follow in the order of `files`."""

    messages: Iterator[Message]
    files: list[ParsedFile]
    rejected: list[RejectedFile]

    def rows(self) -> Iterator[dict[str, Any] | str]:
        """Yield the rows of the next file; a row that cannot be read is replaced by the reason."""
        for message in self.messages:
            if "closed" in message:
                return
            yield from message.get("rows", ())


@dataclass(slots=True, kw_only=True)
class MessageReader:
    """Follow the messages about one upload."""

    on_total: Callable[[int], None]
    on_bytes: Callable[[int], None]
    location: Location = field(default="", init=False)

    def upload(self, messages: Iterable[Message]) -> Upload:
        """Wait until everything was checked. Raises ImportRefused where nothing can be read."""
        following = self._follow(messages)
        found = next(message for message in following if "found" in message)
        return Upload(
            messages=following,
            files=[
                ParsedFile(**{**file, "shape": Shape(file["shape"])}) for file in found["found"]
            ],
            rejected=[
                RejectedFile(name=file["name"], reason=_sentences(file["reason"]))
                for file in found["rejected"]
            ],
        )

    def _follow(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            if "open" in message:
                self.location = message["open"]
            elif "read" in message:
                self.on_bytes(message["read"])
            elif "total" in message:
                self.on_total(message["total"])
            elif "refused" in message:
                raise ImportRefused(*_sentences(message["refused"]))
            else:
                yield message


@contextmanager
def open_upload(
    paths: Sequence[Path],
    *,
    max_bytes: int,
    excluded: Mapping[Location, Sequence[Sentence]],
    reader: MessageReader,
    parse: Parse,
) -> Iterator[Upload]:
    """Yield a checked upload. Raises ImportRefused where nothing can be read, and ParserEnded.

    `excluded` maps locations to why they are left out.
    """
    request = {
        "paths": [os.fspath(path.absolute()) for path in paths],
        "max_bytes": max_bytes,
        "excluded": {location: list(map(asdict, of)) for location, of in excluded.items()},
    }
    messages = parse(request)
    try:
        yield reader.upload(messages)
    except ParserEnded as ended:
        raise ParserEnded(reader.location, ended.how) from None
    finally:
        messages.close()


def parse_in_process(request: Message) -> Generator[Message, None, None]:
    """Yield the messages of a new process, which ends when nobody reads them any more."""
    with subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        | {"LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=BUFFER_BYTES,
    ) as process:
        try:
            yield from _messages(process, request)
        finally:
            process.kill()


def _messages(process: "subprocess.Popen[bytes]", request: Message) -> Iterator[Message]:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):  # it could not even start
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
    for line in process.stdout:
        if not line.endswith(b"\n"):
            break
        message = orjson.loads(line)
        yield message
        if "end" in message or "refused" in message:
            return
    how = process.wait()
    ends_parser = gettext_lazy("It ends the parser, status %(status)s.", status=str(how))
    raise ParserEnded("", ENDS.get(how, ends_parser))


def _sentences(sent: Iterable[Message]) -> list[Sentence]:
    return [Sentence(**sentence) for sentence in sent]
