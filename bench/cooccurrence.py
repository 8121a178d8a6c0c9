"""`cooccurrence`: `track_cooccurrence` against the drafted statement (names in the join, count
distinct, one direction, everybody's only) on 1,000,000 plays; with BENCH_LARGE=1 alone on
10,000,000 too. Both begin where silver ends; ours on the numbers that every model here shares."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.support.plays import AS_OF, generate
from recommendations.evaluation import sql_models
from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch

FLOOR = (
    *("listener_numbers", "track_numbers", "numbered_tracks"),
    *("household_members", "excluded_listens", "play_sequence"),
)
OURS = ("track_pairs", "track_cooccurrence")
DRAFTED = """
create or replace table drafted as
with sessions as (
    select
        user_id, plays.track_id, tracks.track_name, tracks.artist_name,
        date_trunc('hour', played_at) as session_hour
    from silver_plays as plays inner join silver_tracks as tracks using (track_id)
),
pairs as (
    select
        a.track_id as track_a, a.track_name as track_a_name, a.artist_name as artist_a_name,
        b.track_id as track_b, b.track_name as track_b_name, b.artist_name as artist_b_name,
        count(distinct a.user_id || '-' || cast(a.session_hour as varchar)) as sessions_together
    from sessions as a
    inner join sessions as b
        on a.user_id = b.user_id and a.session_hour = b.session_hour and a.track_id < b.track_id
    group by all
),
singles as (
    select
        track_id, count(distinct user_id || '-' || cast(session_hour as varchar)) as sessions_a
    from sessions group by track_id
)
select pairs.*, sessions_together / sessions_a as cooccurrence_score
from pairs inner join singles on track_a = track_id where sessions_together >= 2
qualify row_number() over (partition by track_a order by cooccurrence_score desc) <= 20
"""


def measure() -> Iterator[dict[str, Any]]:
    ours, floor, drafted = seconds(1_000_000, 5, drafted=True)
    yield row(ours, 1_000_000, floor, f"drafted statement {drafted:.1f} s", drafted / ours, 3.0)
    if os.environ.get("BENCH_LARGE"):
        ours, floor, _ = seconds(10_000_000, 50, drafted=False)
        yield row(ours, 10_000_000, floor, "allowed 60 s", 60 / ours, 1.0)


def row(
    value: float, plays: int, floor: float, baseline: str, ratio: float, goal: float
) -> dict[str, Any]:
    return {
        "bench": "cooccurrence",
        "value": round(value, 1),
        "unit": f"s for {plays:,} plays, once these are numbered ({floor:.1f} s)",
        "baseline": baseline,
        "ratio": round(ratio, 2),
        "goal": goal,
        "holds": ratio >= goal,
    }


def seconds(plays: int, listeners: int, *, drafted: bool) -> tuple[float, float, float]:
    """Ours, the numbering that goes before it, and the drafted statement's."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Scratch(Path(folder) / "build.duckdb") as scratch,
    ):
        generate(
            scratch, plays=plays, listeners=listeners, tracks=80_000 if plays < 5e6 else 300_000
        )
        floor = seconds_of(lambda: build(scratch, FLOOR))
        ours = seconds_of(lambda: build(scratch, OURS))
        return ours, floor, seconds_of(lambda: scratch.execute(DRAFTED)) if drafted else 0.0


def build(scratch: Scratch, names: tuple[str, ...]) -> None:
    sql_models.build(scratch, as_of=AS_OF, parameters=Parameters(), models=names)


def seconds_of(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
