"""The very SQL of the warehouse's models, rendered without dbt for a scratch warehouse.

So what is measured is what is served: the same files below dbt/models/gold/recommending.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2

from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch

PROJECT = Path(__file__).resolve().parent.parent.parent / "dbt"
MODELS = PROJECT / "models" / "gold" / "recommending"
MACROS = tuple(PROJECT / "macros" / f"{name}.sql" for name in ("sessions", "recommending"))
DEFAULTS = Parameters()
VIEWS = ("counted_listens", "track_cooccurrence")
ORDER = (
    "listener_numbers",
    "track_numbers",
    "numbered_tracks",
    "housemates",
    "excluded_listens",
    "excluded_tracks",
    "counted_listens",
    "play_order",
    "listener_marks",
    "transitions",
    "house_transitions",
    "activation",
    "second_chances",
    "artist_affinity",
    "artist_pull",
    "track_pairs",
    "track_cooccurrence",
    "recommendation_candidates",
    "track_recommendations",
)


def render(name: str, *, as_of: datetime, parameters: Parameters) -> str:
    """Return a model's SQL as dbt would compile it for a first build on DuckDB."""
    text = (MODELS / f"{name}.sql").read_text()
    return render_text(text, as_of=as_of.isoformat(sep=" "), parameters=parameters)


def render_text(text: str, *, as_of: str = "", parameters: Parameters = DEFAULTS) -> str:
    """Render any SQL with the macros of the models."""
    variables: Mapping[str, object] = {
        "as_of": as_of,
        "recommending": asdict(parameters),
    }
    words = {
        "var": lambda key: variables[key],
        "ref": lambda key: key,
        "config": lambda **_: "",
        "is_incremental": lambda: False,
        "forget_changed_marks": lambda: "",
    }
    environment = _environment()
    macros = "".join(path.read_text() for path in MACROS)
    module = environment.from_string(macros).make_module(words)
    known = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    return environment.from_string(text).render({**known, **words})


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 SQL


def build(
    scratch: Scratch,
    *,
    as_of: datetime,
    parameters: Parameters,
    models: tuple[str, ...] = ORDER,
) -> None:
    """Make the models from the silver tables that `history` made in `scratch`."""
    for name in models:
        sql = render(name, as_of=as_of, parameters=parameters)
        kind = "view" if name in VIEWS else "table"
        scratch.execute(f"create or replace {kind} {name} as {sql}")
