"""`recommendations_build`: all recommendation models on 1,000,000 plays; with BENCH_LARGE=1 on
10,000,000 too. The very SQL that dbt runs, in a file, within the memory that a build has."""

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.support.plays import AS_OF, generate
from recommendations.evaluation import sql_models
from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch

SIZES = [(1_000_000, 5, 60.0)]
LARGE = [(10_000_000, 50, 600.0)]


def measure() -> Iterator[dict[str, Any]]:
    for plays, listeners, most in SIZES + (LARGE if os.environ.get("BENCH_LARGE") else []):
        seconds = build_seconds(plays, listeners)
        yield {
            "bench": "recommendations_build",
            "value": round(seconds, 1),
            "unit": f"s for {plays:,} plays, {peak_mb():,} MB at most",
            "baseline": f"allowed {most:.0f} s",
            "ratio": round(most / seconds, 2),
            "goal": 1.0,
            "holds": seconds <= most and peak_mb() <= 4096,
        }


def build_seconds(plays: int, listeners: int) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Scratch(Path(folder) / "build.duckdb") as scratch,
    ):
        generate(
            scratch, plays=plays, listeners=listeners, tracks=80_000 if plays < 5e6 else 300_000
        )
        began = time.monotonic()
        sql_models.build(scratch, as_of=AS_OF, parameters=Parameters())
        return time.monotonic() - began


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
