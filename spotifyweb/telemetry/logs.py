"""Log lines: plain for people, JSON for machines, both without secrets.

    with logs.bind(run=12, listener=logs.listener_hash(user_id)):
        log.warning("Spotify does not answer")  # … run=12 listener=5f3a…

What is bound goes into each line that the block logs, in LOG_FORMAT=text behind the message.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from structlog.stdlib import ProcessorFormatter

HASH_LENGTH = 12

_bound: ContextVar[Mapping[str, str | int]] = ContextVar("bound", default=MappingProxyType({}))


@contextmanager
def bind(**fields: str | int) -> Iterator[None]:
    """Add the fields to each line that is logged in the block, to those of an outer block."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def listener_hash(user_id: str) -> str:
    """Return what stands for a listener in log lines, the same in each: no name to outsiders."""
    return salted_hmac("spotifyweb.logs", user_id, algorithm="sha256").hexdigest()[:HASH_LENGTH]


class ContextFilter(logging.Filter):
    """Give each record what is bound, as `context` and in words as `context_text`."""

    def filter(self, record: logging.LogRecord) -> bool:
        context = dict(_bound.get())
        text = "".join(f" {name}={value}" for name, value in context.items())
        record.__dict__ |= {"context": context, "context_text": text}
        return True


class RefusalFilter(logging.Filter):
    """Drop the traceback of a request that Django refused, such as one for another host.

    The message says it all, and scanners send hundreds a day.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.exc_info = None
        return True


def json_formatter() -> "ProcessorFormatter":
    """Return a formatter of one JSON object a line, its time in UTC.

    structlog is imported here: it brings 20 MB to a process, and few read logs by machine.
    """
    from structlog import processors, stdlib, tracebacks

    without_locals = tracebacks.ExceptionDictTransformer(show_locals=False)  # tokens are among them
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            stdlib.add_log_level,
            stdlib.add_logger_name,
            processors.TimeStamper(fmt="iso", utc=True),
            _add_context,
            processors.ExceptionRenderer(without_locals),
        ],
        processors=[stdlib.ProcessorFormatter.remove_processors_meta, processors.JSONRenderer()],
    )


def _add_context(_logger: object, _method: str, entry: Any) -> Any:
    """Add what `ContextFilter` found, without overwriting what structlog itself has to say."""
    return {**getattr(entry["_record"], "context", {}), **entry}
