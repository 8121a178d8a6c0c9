"""A published build with the recommendation models as the evaluation makes them.

It holds what dbt makes, in a tenth of the time, for tests and benches that only read it.
"""

from datetime import datetime
from pathlib import Path

from recommendations.evaluation import gold_schema, history, sql_models
from recommendations.parameters import Parameters
from spotifyweb.warehouse.duckdb import build_path
from spotifyweb.warehouse.scratch import Scratch


def publish(
    folder: Path, build_id: str, scratch: Scratch, user_ids: list[str], *, as_of: datetime
) -> None:
    """Make the models of the table `history` and publish them below `folder`."""
    path = build_path(folder, build_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    history.load_sessions(scratch, user_ids)
    history.cut_at(scratch, as_of)
    sql_models.build(scratch, as_of=as_of, parameters=Parameters())
    scratch.execute(f"attach '{path}' as published")
    scratch.execute("create schema published.gold")
    gold_schema.publish(scratch)
    for name in dict.fromkeys((*sql_models.ORDER, *gold_schema.OTHERS)):
        scratch.execute(f"create table published.gold.{name} as from gold.{name}")
    scratch.execute("detach published")
    (folder / "CURRENT").write_text(build_id + "\n")
