"""The process of dbt: parses the project, then runs commands, and exits as the first one does.

`python dbt_process.py COMMON COMMANDS`, two texts of JSON: the arguments of each command, and a
list of lists of each one's own, its name first. The later commands run only where the first
succeeded, and their outcome does not count. All use the one parsed project.

Of what dbt tells, what its starter reads is printed as dbt's own lines of JSON: the thousands of
others took a fifth of its work on a model or test.
"""

import gc
import json
import os
import sys
from typing import NoReturn

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import env_scrubber, msg_to_json

OBJECTS_BETWEEN_COLLECTIONS = 50_000  # of 700; little of dbt's garbage is cyclic


def main() -> int:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    common, commands = (json.loads(text) for text in sys.argv[1:])
    manifest = _run(dbtRunner(callbacks=[_report]), ["parse", "--no-write-json", *common]).result
    if not isinstance(manifest, Manifest):  # it failed
        return 1
    runner = dbtRunner(manifest=manifest, callbacks=[_report])
    first, *others = ([*command, *common] for command in commands)
    if not _run(runner, first).success:
        return 1
    for other in others:
        runner.invoke(other)
    return 0


def _report(event: EventMsg) -> None:
    if event.info.level == "error" or event.info.name == "LogModelResult":
        _print(env_scrubber(msg_to_json(event)))


def _print(line: str) -> None:
    """Print, or end where the starter was killed: dbt would wait for this thread forever."""
    try:
        print(line, flush=True)  # noqa: T201
    except BrokenPipeError:
        os._exit(1)


def _run(runner: dbtRunner, arguments: list[str]) -> dbtRunnerResult:
    """Run a command, and print what it raised, which dbt's own log does not say."""
    result = runner.invoke(arguments)
    if result.exception is not None:
        message = f"{type(result.exception).__name__}: {result.exception}"
        _print(json.dumps({"info": {"level": "error", "msg": message}}))
    return result


def _end(status: int) -> NoReturn:
    """End the process with DuckDB closed, whose log goes to its file by that.

    To free what dbt kept took 0.6 s and more.
    """
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    _end(main())
