"""The very SQL of the warehouse's models, rendered without dbt for a scratch warehouse.

So what is measured is what is served: the same files below dbt/models/gold/recommendations.
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
MODELS = {
    path.stem: path for path in (PROJECT / "models" / "gold" / "recommendations").rglob("*.sql")
}
MACROS = tuple(PROJECT / "macros" / f"{name}.sql" for name in ("sessions", "recommendations"))
DEFAULTS = Parameters()
VIEWS = ("eligible_listens", "track_cooccurrence")
ORDER = (
    "listener_numbers",
    "track_numbers",
    "numbered_tracks",
    "household_members",
    "excluded_listens",
    "excluded_tracks",
    "eligible_listens",
    "play_sequence",
    "listener_fingerprints",
    "transitions",
    "household_transitions",
    "activation",
    "skipped_never_played",
    "artist_affinity",
    "artist_recency_weights",
    "track_pairs",
    "track_cooccurrence",
    "album_tracks",
    "known_albums",
    "recommendation_candidates",
    "rediscovery",
    "recommendation_lists",
    "track_recommendations",
)


def render(name: str, *, as_of: datetime, parameters: Parameters) -> str:
    """Return a model's SQL as dbt would compile it for a first build on DuckDB."""
    text = MODELS[name].read_text()
    return render_text(text, as_of=as_of.isoformat(sep=" "), parameters=parameters)


def render_text(text: str, *, as_of: str = "", parameters: Parameters = DEFAULTS) -> str:
    """Render any SQL with the macros of the models."""
    variables: Mapping[str, object] = {
        "as_of": as_of,
        "recommendations": asdict(parameters),
    }
    words = {
        "var": lambda key: variables[key],
        "ref": lambda key: key,
        "config": lambda **_: "",
        "view_or_table": lambda: "view",
        "is_incremental": lambda: False,
        "delete_changed_fingerprints": lambda: "",
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
