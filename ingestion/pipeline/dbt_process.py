"""The process of dbt: runs commands one after the other, and exits as the first one does.

`python dbt_process.py JSON`, where JSON is a list of lists of dbt's arguments. The later commands
run only where the first succeeded, and their outcome does not count.
"""

import json
import sys

from dbt.cli.main import dbtRunner


def main() -> int:
    first, *others = json.loads(sys.argv[1])
    result = dbtRunner().invoke(first)
    if result.exception is not None:  # dbt's own log does not say it
        message = f"{type(result.exception).__name__}: {result.exception}"
        sys.stdout.write(json.dumps({"info": {"level": "error", "msg": message}}) + "\n")
    if not result.success:
        return 1
    for other in others:
        dbtRunner().invoke(other)
    return 0


if __name__ == "__main__":
    sys.exit(main())
