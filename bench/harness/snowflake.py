"""A double of Snowflake: fakesnow's server, with what it lacks and Liner needs.

Schemas are cloned, swapped and renamed in one transaction, as others see them on Snowflake; grants
need their schema and role; each statement is noted. What neither knows is an error that says so.
Green here is no proof for Snowflake.
"""

import contextlib
import importlib
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import uvicorn
from fakesnow.cursor import FakeSnowflakeCursor
from snowflake.connector.errors import ProgrammingError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.harness.processes import PATIENCE_SECONDS, free_port

sessions: Any = importlib.import_module("fakesnow.conn")
protocol: Any = importlib.import_module("fakesnow.server")  # a function hides the module
arrow: Any = importlib.import_module("fakesnow.arrow")
to_struct = arrow.timestamp_to_sf_struct
NAME = r"(\w+)\.(\w+)"
RETENTION = r"data_retention_time_in_days = \d"
COMMENT = re.compile(r"('(?:[^'\\]|''|\\.)*')|--[^\n]*|/\*.*?\*/", re.DOTALL)  # or a text
TEMPORARY = re.compile(r"^\s*create or replace\s+temporary\s+(view|table)", re.IGNORECASE)
DONE = "select 'Statement executed successfully.' as status"
MISSING, REFUSED, UNKNOWN = (2043, "02000"), (3001, "42501"), (9999, "99999")
TABLES = (
    "select table_name, table_type from information_schema.tables"
    " where upper(table_catalog) = ? and upper(table_schema) = ?"
)


@dataclass
class Journal:
    """What was sent, and what the account forbids."""

    statements: list[str] = field(default_factory=list)
    logins: int = 0
    roles: set[str] = field(default_factory=lambda: {"LINER_READER"})
    refusals: dict[str, str] = field(default_factory=dict)  # pattern -> Snowflake's words

    def clear(self) -> None:
        self.statements, self.logins = [], 0


journal = Journal()


class DoubleCursor(FakeSnowflakeCursor):
    def execute(self, command: str, params: Any = None, *args: Any, **kwargs: Any) -> Any:
        text = " ".join(COMMENT.sub(lambda found: found[1] or " ", command).split())
        journal.statements.append(text)
        for pattern, words in journal.refusals.items():
            if re.search(pattern, text, re.IGNORECASE):
                raise _error(words, REFUSED)
        for pattern, carry_out in STATEMENTS.items():
            if found := re.fullmatch(pattern, text, re.IGNORECASE):
                carry_out(self._duck_conn, *(part.upper() for part in found.groups() if part))
                return super().execute(DONE)
        command = TEMPORARY.sub(r"create or replace \1", command)  # DuckDB's have no schema
        return super().execute(command, params, *args, **kwargs)


def _error(message: str, kind: tuple[int, str]) -> ProgrammingError:
    return ProgrammingError(msg=message, errno=kind[0], sqlstate=kind[1])


def _tables(session: Any, database: str, schema: str) -> list[str]:
    """Return the names of a schema's tables. Raises where it is missing, or holds a view."""
    known = "select 1 from information_schema.schemata where upper(catalog_name) = ?"
    if not session.execute(f"{known} and upper(schema_name) = ?", [database, schema]).fetchone():
        raise _error(f"Schema '{database}.{schema}' does not exist or not authorized.", MISSING)
    found = session.execute(TABLES, [database, schema]).fetchall()
    if views := [name for name, kind in found if kind == "VIEW"]:
        raise _error(f"the double does not move views: {schema}.{views[0]}", UNKNOWN)
    return [name for name, _ in found]


@contextlib.contextmanager
def _transaction(session: Any) -> Iterator[None]:
    session.execute("begin transaction")
    try:
        yield
    except BaseException:
        session.execute("rollback")
        raise
    session.execute("commit")


def _copy(session: Any, database: str, source: str, target: str) -> None:
    session.execute(f'create schema {database}."{target}"')
    for table in _tables(session, database, source):
        session.execute(
            f'create table {database}."{target}"."{table}" as from {database}."{source}"."{table}"'
        )


def _drop(session: Any, database: str, schema: str) -> None:
    session.execute(f'drop schema if exists {database}."{schema}" cascade')


def _clone(session: Any, database: str, target: str, _: str, source: str) -> None:
    with _transaction(session):
        _tables(session, database, source)
        _drop(session, database, target)
        _copy(session, database, source, target)


def _replace(session: Any, database: str, schema: str) -> None:
    with _transaction(session):
        _drop(session, database, schema)
        session.execute(f'create schema {database}."{schema}"')


def _rename(session: Any, database: str, source: str, _: str, target: str) -> None:
    with _transaction(session):
        _copy(session, database, source, target)
        _drop(session, database, source)


def _swap(session: Any, database: str, one: str, _: str, other: str) -> None:
    """Swap by copies, as DuckDB moves no table: only the second transaction is seen by others."""
    copies = {one: f"{other}_SWAP", other: f"{one}_SWAP"}
    with _transaction(session):
        for source, target in ((one, copies[other]), (other, copies[one])):
            _copy(session, database, source, target)
    with _transaction(session):
        for target, source in copies.items():
            _drop(session, database, target)
            _copy(session, database, source, target)
    with _transaction(session):
        for schema in copies.values():
            _drop(session, database, schema)


def _grant(session: Any, database: str, schema: str, role: str) -> None:
    _tables(session, database, schema)
    if role not in journal.roles:
        raise _error(f"Role '{role}' does not exist or not authorized.", (2003, "02000"))


def _drop_database(session: Any, database: str) -> None:
    session.execute(f"detach database if exists {database}")


def _begin(session: Any) -> None:
    session.execute("begin transaction")


def _ignore(_: Any) -> None:
    """Do nothing: the double has no warehouse that could sleep."""


STATEMENTS: dict[str, Callable[..., None]] = {
    rf"create or replace transient schema {NAME} clone {NAME} {RETENTION}": _clone,
    rf"create or replace transient schema {NAME} {RETENTION}": _replace,
    rf"alter schema {NAME} swap with {NAME}": _swap,
    rf"alter schema {NAME} rename to {NAME}": _rename,
    rf"grant (?:usage on|select on all (?:tables|views) in) schema {NAME} to role (\w+)": _grant,
    r"begin(?: transaction)?;?": _begin,
    r"drop database if exists (\w+)": _drop_database,
    r"alter warehouse \w+ suspend": _ignore,
}


def _timestamps(column: pa.ChunkedArray) -> pa.StructArray:
    """Return Snowflake's form of times; without this a missing one is the first of 1970."""
    times = column.combine_chunks()
    found = to_struct(times)
    return pa.StructArray.from_arrays(
        found.flatten(), fields=list(found.type), mask=pc.is_null(times)
    )


async def login(request: Request) -> JSONResponse:
    """Log in, with a token by which the connector can end the session."""
    journal.logins += 1
    answered: JSONResponse = await protocol.login_request(request)
    body = orjson.loads(answered.body)
    if body["success"]:
        body["data"]["masterToken"] = body["data"]["token"]
    return JSONResponse(body, status_code=answered.status_code)


async def session(request: Request) -> JSONResponse:
    """Roll back what a session that ends has not committed."""
    if request.query_params.get("delete"):
        ended = protocol.sessions.get(protocol.to_token(request))
        with contextlib.suppress(AttributeError, duckdb.TransactionException):
            ended._duck_conn.rollback()
    answered: JSONResponse = await protocol.session(request)
    return answered


async def report(_: Request) -> JSONResponse:
    """Answer what was sent since the last question."""
    sent = {"logins": journal.logins, "statements": journal.statements}
    journal.clear()
    return JSONResponse(sent)


@contextlib.contextmanager
def server(port: int | None = None) -> Iterator[dict[str, Any]]:
    """Run the double in this process; yields the connector's options."""
    original, routes = sessions.FakeSnowflakeCursor, protocol.app.router.routes
    kept, port = list(routes), port or free_port()
    sessions.FakeSnowflakeCursor = DoubleCursor
    arrow.timestamp_to_sf_struct = _timestamps
    routes[:2] = [
        Route(route.path, answer, methods=["POST"])
        for route, answer in zip(routes, (login, session), strict=False)
    ]
    routes.append(Route("/double/sent", report))
    running = uvicorn.Server(uvicorn.Config(protocol.app, port=port, log_level="warning"))
    thread = threading.Thread(target=running.run, name="Snowflake's double", daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        yield {"host": "127.0.0.1", "port": port, "protocol": "http"}
    finally:
        running.should_exit = True
        thread.join()
        sessions.FakeSnowflakeCursor = original
        arrow.timestamp_to_sf_struct = to_struct
        routes[:] = kept


def main() -> None:
    """Run until a signal: python -m bench.harness.snowflake PORT."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with server(int(sys.argv[1])):
        stop.wait()


if __name__ == "__main__":
    main()
