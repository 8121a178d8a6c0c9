"""Numbers, times and days as pages write them."""

from datetime import date, datetime


def duration(ms: float) -> str:
    """The two largest units; whole hours from a hundred on, seconds only below a minute."""
    minutes, hours = int(ms // 60_000), int(ms // 3_600_000)
    if hours >= 100:
        return f"{round(int(ms // 1000) / 3600):,} h"
    if hours:
        return _joined((f"{hours} h", hours), (f"{minutes % 60} min", minutes % 60))
    return f"{minutes} min" if minutes else f"{int(ms // 1000)} s"


def _joined(*parts: tuple[str, int]) -> str:
    return " ".join(text for text, number in parts if number)


def hours(ms: int) -> str:
    """Whole hours from ten on."""
    return f"{round(ms / 3_600_000):,} h" if ms >= 36_000_000 else duration(ms)


def number(value: int) -> str:
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    if not whole:
        return "–"
    return share(part / whole)


def share(value: float) -> str:
    """A decimal below ten percent; what rounds to nothing, and is something, is less than that."""
    if value and f"{value:.1%}" == "0.0%":
        return "<0.1%"
    return f"{value:.1%}" if value < 0.1 else f"{value:.0%}"


def growth(now: int, before: int) -> str | None:
    """`+12%`, `−3%`, above tenfold `×11`; None where there is nothing to compare with."""
    if not before:
        return None
    by = (now - before) / before
    if by > 9:
        return f"×{by + 1:,.0f}"
    return f"{'−' if by < 0 else '+'}{abs(by):.0%}"


def unknown_before(compared: date | None, history_from: date) -> str:
    """Why there is no growth: the days compared with begin before the history does."""
    is_known = compared and compared >= history_from
    return "" if is_known else f"no plays in your history before {day(history_from)}"


def day(value: date | None) -> str:
    return f"{value.day} {value:%b %Y}" if value else "–"


def moment(value: datetime) -> str:
    return f"{value.day} {value:%b %Y, %H:%M}"


def step(first: date, name: str) -> str:
    if name == "month":
        return f"{first:%B %Y}"
    return f"week of {day(first)}" if name == "week" else f"{first:%a} {day(first)}"


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def line(*parts: object) -> str:
    """The parts of one line that are there."""
    return " ".join(str(part) for part in parts if part not in (None, ""))


def clock(ms: int) -> str:
    """Minutes and seconds of a length."""
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"
