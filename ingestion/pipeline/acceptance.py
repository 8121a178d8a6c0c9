"""What Liner promises on Snowflake, tried on an account: in names of their own, removed at the end.

A promise passes or fails; those after a failed one are tried all the same.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.pipeline import dbt_runner
from spotifyweb import lake as lakes
from spotifyweb.lake import LocalLake
from spotifyweb.lake.compaction import UnloadedObjects
from spotifyweb.warehouse import Row, WarehouseError
from spotifyweb.warehouse.base import LakeLocation
from spotifyweb.warehouse.snowflake import SnowflakeWarehouse
from spotifyweb.warehouse.snowflake_builds import SnowflakeBuilds
from spotifyweb.warehouse.snowflake_session import Account, query
from spotifyweb.warehouse.snowflake_setup import Setup, run
from spotifyweb.warehouse.snowflake_usage import Usage

NAME = "LINER_ACCEPTANCE"
STAYS, LEAVES = "stays", "leaves"  # two listeners, of whom one is erased
FIRST_PLAYS, NEW_PLAYS = 40, 5  # of each
ALL = ("bronze", "silver", "gold")
PLAYS = "select user_id, sum(total_plays) as plays from gold.user_daily_listening group by user_id"
TABLES = ("silver.silver_listening", "silver.silver_plays", "gold.user_daily_listening")
SNAPSHOTS = ("tracks", "listeners", "erasures")


class PromiseBroken(Exception):
    """A promise that does not hold; the message says what was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    promise: str
    passed: bool
    said: str = ""  # why not


@dataclass(slots=True, kw_only=True)
class Trial:
    """A lake of its own, and schemas of its own on an account that an admin opened.

    `select` builds only some of dbt's models, for a quicker trial of the rest.
    """

    admin: Account
    folder: Path
    now: datetime
    select: Sequence[str] = ALL
    builds_made: list[str] = field(default_factory=list)
    plays_landed: int = 0

    @property
    def account(self) -> Account:
        names = {"role": NAME, "warehouse": NAME}
        options = {**self.admin.options, **names}
        reader = f"{NAME}_READER"
        return replace(self.admin, database=NAME, options=options, reader_role=reader)

    @property
    def setup(self) -> Setup:
        """The admin's own user is left alone: the service's has another name, and no key."""
        return Setup(
            account=replace(self.account, user=NAME),
            schemas=_schemas(),
            lake=LakeLocation(path=str(self.folder / "lake")),
            monthly_credits=1,
        )

    @property
    def lake(self) -> LocalLake:
        return LocalLake(self.folder / "lake")

    @property
    def builds(self) -> SnowflakeBuilds:
        objects = UnloadedObjects(self.lake, now=lambda: self.now)
        return SnowflakeBuilds(self.account, lake=objects, schemas=_schemas())

    def plays(self, *, reader: SnowflakeWarehouse | None = None) -> dict[str, int]:
        """Return the plays in gold by listener."""
        rows = (reader or SnowflakeWarehouse(self.account)).rows(PLAYS)
        return {row["user_id"]: int(row["plays"]) for row in rows}

    def tables(self) -> dict[str, list[str]]:
        """Return the rows of some tables, as text and in order."""
        reader = SnowflakeWarehouse(self.account)
        return {
            name: sorted(str(row) for row in reader.rows(f"select * from {name}"))
            for name in TABLES
        }

    def ask(self, sql: str, *, account: Account | None = None) -> list[Row]:
        with (account or self.account).connect() as connection:
            return query(connection, sql)

    def land(self, count: int) -> None:
        """Land so many plays of each listener."""
        rows = [
            _play(user, number)
            for number in range(self.plays_landed, self.plays_landed + count)
            for user in (STAYS, LEAVES)
        ]
        self.plays_landed += count
        landed = {"landed_at": self.now, "log_partition": 0}
        offset = f"{self.plays_landed:010}"
        events = [
            row | landed | {"log_offset": f"{offset}-{number}"} for number, row in enumerate(rows)
        ]
        table = pa.Table.from_pylist(
            [_add_time(event, self.now) for event in events],
            schema=lakes.BRONZE_SCHEMAS["user_plays"],
        )
        lakes.ensure_datasets(self.lake)
        key = lakes.bronze_key("plays", landed_at=self.now, partition=0, first_offset=offset)
        lakes.write_table(self.lake, key, table)

    def build(self, *, fresh: bool, keep: int = 2) -> None:
        build_id = f"{self.now:%Y%m%dT%H%M%SZ}-{len(self.builds_made):04}"
        builds = self.builds
        report = dbt_runner.build(
            target=builds.target,
            environment={**builds.begin(build_id, fresh=fresh), "DBT_BUILD_ID": build_id},
            as_of=self.now,
            folder=self.folder / "dbt",
            full_refresh=fresh,
            select=self.select,
        )
        if report.failures:
            raise PromiseBroken(report.summary)
        builds.publish(build_id, keep=keep)
        self.builds_made.append(build_id)


def _set_up(trial: Trial) -> None:
    for _ in range(2):
        run(trial.admin, trial.setup.statements())


def _load(trial: Trial) -> None:
    trial.land(FIRST_PLAYS)
    for name in SNAPSHOTS:
        lakes.write_snapshot(trial.lake, name, [])
    for number in range(2):
        trial.builds.begin(f"load-{number}", fresh=number == 0)
    [row] = trial.ask(f"select count(*) as n from {NAME}.LANDING.PLAYS")
    _expect(row["n"], 2 * FIRST_PLAYS)


def _build(trial: Trial) -> None:
    trial.build(fresh=True)
    _expect(trial.plays(), {STAYS: FIRST_PLAYS, LEAVES: FIRST_PLAYS})


def _build_news(trial: Trial) -> None:
    pinned = SnowflakeWarehouse(trial.account).pinned()
    trial.land(NEW_PLAYS)
    trial.build(fresh=False)
    _expect(trial.plays(), dict.fromkeys((STAYS, LEAVES), FIRST_PLAYS + NEW_PLAYS))
    _expect(trial.plays(reader=pinned), dict.fromkeys((STAYS, LEAVES), FIRST_PLAYS))


def _build_from_nothing(trial: Trial) -> None:
    before = trial.tables()
    trial.build(fresh=True)
    after = trial.tables()
    different = [name for name in TABLES if before[name] != after[name] or not after[name]]
    _expect(different, [])


def _read_as_people(trial: Trial) -> None:
    """Read as the readers' role: its grants must survive the swaps."""
    role = trial.account.reader_role
    reader = replace(trial.account, options={**trial.account.options, "role": role})
    trial.ask(f"select count(*) as n from {NAME}.GOLD.user_daily_listening", account=reader)
    try:
        trial.ask(f"select count(*) as n from {NAME}.LANDING.PLAYS", account=reader)
    except Exception:  # noqa: BLE001 -- any refusal is right
        return
    raise PromiseBroken(f"{role} may read LANDING")


def _restore(trial: Trial) -> None:
    trial.builds.restore(trial.builds_made[-2])
    _expect(trial.plays()[STAYS], FIRST_PLAYS + NEW_PLAYS)
    _expect(trial.builds.available(), list(reversed(trial.builds_made[-2:])))
    trial.builds.restore(trial.builds_made[-1])


def _erase(trial: Trial) -> None:
    erasure = {"user_id": LEAVES, "source": None, "before": trial.now + timedelta(days=1)}
    lakes.write_snapshot(trial.lake, "erasures", [erasure])
    trial.build(fresh=True, keep=1)
    _expect(trial.plays(), {STAYS: FIRST_PLAYS + NEW_PLAYS})
    sql = f"select count(*) as n from {NAME}.LANDING.PLAYS where user_id = '{LEAVES}'"
    _expect(trial.ask(sql)[0]["n"], 0)
    found = trial.ask(f"show terse schemas in database {NAME}")
    left = {row["name"] for row in found} & {"SILVER_PREVIOUS", "GOLD_PREVIOUS"}
    _expect(left, set())


def _suspend(trial: Trial) -> None:
    Usage(account=trial.account).suspend()
    [row] = trial.ask(f"show warehouses like '{NAME}'")
    _expect(row["auto_suspend"], 60)


def _ask_cost(trial: Trial) -> None:
    Usage(account=trial.account).spending()


def _remove(trial: Trial) -> None:
    run(trial.admin, trial.setup.removal())
    _expect(trial.ask(f"show terse databases like '{NAME}'", account=trial.admin), [])


PROMISES: Mapping[str, Callable[[Trial], None]] = {
    "the setup may run twice": _set_up,
    "rows of the lake are loaded once": _load,
    "a build passes its tests and is published": _build,
    "a build with news equals its events, and a pinned reader stays": _build_news,
    "a build from nothing says the same": _build_from_nothing,
    "people read gold after the swaps, and nothing else": _read_as_people,
    "the build before can be published again": _restore,
    "an erased listener is in no table": _erase,
    "the warehouse suspends on request, and after a minute": _suspend,
    "the usage views tell the cost": _ask_cost,
    "everything is removed": _remove,
}


def results(admin: Account, *, now: datetime, select: Sequence[str] = ALL) -> Iterator[Result]:
    """Try each promise on the account, and yield what became of it."""
    with tempfile.TemporaryDirectory(prefix="acceptance-") as name:
        trial = Trial(admin=admin, folder=Path(name), now=now, select=select)
        for promise, check in PROMISES.items():
            try:
                check(trial)
            except (PromiseBroken, WarehouseError) as broken:
                yield Result(promise=promise, passed=False, said=str(broken))
            except Exception as error:  # noqa: BLE001 -- anything the connector raises is reported
                said = f"{type(error).__name__}: {error}"
                yield Result(promise=promise, passed=False, said=said)
            else:
                yield Result(promise=promise, passed=True)


def _expect(seen: object, expected: object) -> None:
    if seen != expected:
        raise PromiseBroken(f"{seen!r} instead of {expected!r}")


def _schemas() -> dict[str, pa.Schema]:
    events = {lakes.DATASETS[topic]: schema for topic, schema in lakes.BRONZE_SCHEMAS.items()}
    return {**events, **lakes.SNAPSHOT_SCHEMAS}


def _play(user: str, number: int) -> dict[str, Any]:
    return {
        "event_id": f"{user}-{number}",
        "user_id": user,
        "event_type": "play",
        "track_id": f"{number % 7:022}",
        "track_name": f"Song {number % 7}",
        "artist_name": f"Artist {number % 3}",
        "album_name": f"Album {number % 4}",
        "content_type": "track",
        "source": "recently_played",
        "duration_ms": 200_000,
        "number": number,
    }


def _add_time(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the event with its time: 47 minutes after the one before."""
    ended = now - timedelta(days=5) + timedelta(minutes=47 * event.pop("number"))
    return event | {"played_at": ended}
