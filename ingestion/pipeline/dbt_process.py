"""The process of dbt: parses the project, then runs commands, and exits as the first one does.

`python dbt_process.py COMMON COMMANDS`, two texts of JSON: the arguments of each command, and a
list of lists of each one's own, its name first. The later commands run only where the first
succeeded, and their outcome does not count. All use the one parsed project.
"""

import gc
import json
import sys

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

OBJECTS_BETWEEN_COLLECTIONS = 50_000  # of 700; little of dbt's garbage is cyclic


def main() -> int:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    common, commands = (json.loads(text) for text in sys.argv[1:])
    manifest = _run(dbtRunner(), ["parse", *common]).result
    if not isinstance(manifest, Manifest):  # it failed
        return 1
    runner = dbtRunner(manifest=manifest)
    first, *others = ([*command, *common] for command in commands)
    if not _run(runner, first).success:
        return 1
    for other in others:
        runner.invoke(other)
    return 0


def _run(runner: dbtRunner, arguments: list[str]) -> dbtRunnerResult:
    """Run a command, and print what it raised, which dbt's own log does not say."""
    result = runner.invoke(arguments)
    if result.exception is not None:
        message = f"{type(result.exception).__name__}: {result.exception}"
        sys.stdout.write(json.dumps({"info": {"level": "error", "msg": message}}) + "\n")
    return result


if __name__ == "__main__":
    sys.exit(main())
