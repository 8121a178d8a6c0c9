"""The table of a soak, and whether each of its lines holds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from tests.soak import receiver, resources
from tests.soak.plays import Tally
from tests.soak.resources import Sample

LIVES = ("memory_mb", "descriptors")  # of a process, which have to be flat while it lives
FIELDS = {  # of a sample, and whether it has to be flat
    "memory_mb": False,
    "descriptors": False,
    "objects": True,
    "rows": True,
    "catalogue": False,
}
SHOWN_TABLES = 4
JUDGED_HOURS = 36.0  # in less, rows that are kept for a day only become more


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    what: str
    value: str
    holds: bool = True


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a run has found out."""

    hours: float = 0.0  # simulated
    faults: Counter[str] = field(default_factory=Counter)
    alerts_expected: list[str] = field(default_factory=list)  # of faults that sent none
    alerts_sent: list[str] = field(default_factory=list)
    plays: Tally = field(default_factory=Tally)
    gap_reasons: set[str] = field(default_factory=set)  # those that the faults explain
    poisoned: int = 0
    rejected: int = 0
    samples: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def lines(found: Findings) -> Iterator[Line]:
    yield Line(what="faults", value=", ".join(f"{n} × {f}" for f, n in found.faults.items()))
    yield from _plays(found)
    yield Line(
        what="poisoned records sent / rejected",
        value=f"{found.poisoned} / {found.rejected}",
        holds=found.poisoned == found.rejected,
    )
    yield from _alerts(found)
    yield from _thirds(found.samples, is_judged=found.hours >= JUDGED_HOURS)
    for problem in found.problems:
        yield Line(what="problem", value=problem, holds=False)


def _plays(found: Findings) -> Iterator[Line]:
    plays = found.plays
    yield Line(what="plays expected", value=str(plays.expected), holds=plays.expected > 0)
    yield Line(what="plays that the list cannot tell apart", value=str(plays.indistinct))
    yield Line(what="plays found", value=str(plays.found), holds=plays.found > 0)
    for what in ("doubled", "lost", "invented"):
        rows = getattr(plays, what)
        yield Line(what=f"plays {what}", value=_shown(rows), holds=not rows)
    for reason, rows in plays.missing.items():
        true = reason in found.gap_reasons
        yield Line(what=f"plays in gaps ({reason})", value=str(len(rows)), holds=true)


def _shown(rows: Sequence[object]) -> str:
    return f"{len(rows)} {list(rows[:3])}" if rows else "0"


def _alerts(found: Findings) -> Iterator[Line]:
    wrong = receiver.complaints(found.alerts_sent)
    yield Line(
        what="alerts sent",
        value=", ".join(f"{n} × {title}" for title, n in Counter(found.alerts_sent).items()),
        holds=not wrong,
    )
    for text in wrong:
        yield Line(what="alert", value=text, holds=False)
    for text in found.alerts_expected:
        yield Line(what="alert expected, not sent", value=text, holds=False)


def _thirds(samples: Sequence[Sample], *, is_judged: bool) -> Iterator[Line]:
    for name in LIVES:
        values = resources.life_thirds(samples, name)
        yield _third_line(f"{name}, thirds of the longest lives", values, is_judged=is_judged)
    for name, is_limited in FIELDS.items():
        values = resources.thirds(samples, name)
        yield _third_line(f"{name}, thirds", values, is_judged=is_judged and is_limited)
    grown = resources.table_growth(samples).most_common(SHOWN_TABLES)
    yield Line(what="tables that grew most", value=", ".join(f"{name} +{n}" for name, n in grown))


def _third_line(what: str, values: tuple[float, float, float], *, is_judged: bool) -> Line:
    shown = " / ".join(f"{value:,.0f}" for value in values)
    return Line(what=what, value=shown, holds=not is_judged or resources.is_flat(values))


def table(rows: Sequence[Line]) -> Table:
    drawn = Table("", "value", "holds")
    for row in rows:
        drawn.add_row(row.what, row.value, "yes" if row.holds else "NO")
    return drawn
