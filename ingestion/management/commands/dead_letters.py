"""manage.py dead_letters: list what was set aside, land it after a fix, or drop it."""

import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.utils import timezone

from ingestion.models import Reject
from ingestion.pipeline import dead_letters
from spotifyweb import clients, events
from spotifyweb.commands import JsonCommand
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError

ACTIONS = {
    "list": "show them",
    "requeue": "append them again as they are, after a fix of the code",
    "edit": "append one corrected, with --value",
    "drop": "leave them set aside for good",
}


class Command(JsonCommand):
    help = "List the records that were set aside; append them again, corrected or not; drop them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        actions = "; ".join(f"{name}: {meaning}" for name, meaning in ACTIONS.items())
        parser.add_argument("action", choices=ACTIONS, help=actions)
        parser.add_argument("ids", nargs="*", type=int, help="numbers of the list")
        parser.add_argument("--topic", choices=events.TOPICS, help="all of this topic")
        parser.add_argument("--reason", help="all whose reason contains this")
        parser.add_argument("--value", metavar="FILE", help="the record as JSON; - reads stdin")

    def handle(self, *_: Any, **options: Any) -> None:
        found = _selection(**options)
        if options["action"] == "list":
            rows = list(found.values("pk", "topic", "partition", "offset", "reason", "raw_start"))
            lines = [f"{r['pk']}  {r['topic']} {r['offset']}: {r['reason']}" for r in rows]
            self.write_result({"rejects": rows}, *lines, options=options)
            return
        is_edit = options["action"] == "edit"
        if is_edit != bool(options["value"]) or (is_edit and len(found) != 1):
            raise CommandError("edit takes one number and --value, the others no value")
        try:
            counts = self._resolve_all(list(found), options["action"], _value(options["value"]))
        except (LogError, LakeError) as error:
            raise CommandError(str(error)) from error
        line = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        self.write_result(counts, f"Dead letters: {line}.", options=options)

    def _resolve_all(self, found: list[Reject], action: str, value: bytes | None) -> Counter[str]:
        """Return how many became what, and say of each other one why it is as it was."""
        counts = Counter(dict.fromkeys(("requeued", "edited", "dropped", "failed"), 0))
        for reject, error in dead_letters.resolve_each(
            found,
            action,
            log=clients.event_log(),
            store=clients.lake(),
            now=timezone.now(),
            value=value,
        ):
            counts["failed" if error else reject.resolution] += 1
            if error:
                self.stderr.write(f"{reject.pk}: {error}")
        return counts


def _selection(
    *, action: str, ids: list[int], topic: str, reason: str, **_: Any
) -> QuerySet[Reject]:
    """Return the unresolved rejects that the arguments name. Raises CommandError."""
    if action != "list" and not (ids or topic or reason):
        raise CommandError(f"{action} what? Give numbers of the list, --topic or --reason")
    found = dead_letters.open_rejects()
    if ids:
        found = found.filter(pk__in=ids)
        if unknown := sorted(set(ids) - set(found.values_list("pk", flat=True))):
            raise CommandError(f"not in the list: {', '.join(map(str, unknown))}")
    if topic:
        found = found.filter(topic=topic)
    return found.filter(reason__contains=reason) if reason else found


def _value(name: str | None) -> bytes | None:
    if name is None:
        return None
    try:
        text = sys.stdin.read().encode() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"--value cannot be read: {error}") from error
    return text.strip()
