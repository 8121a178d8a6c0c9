"""`python -m tests.soak --minutes 30 --seed 1`: soak, print the table, fail where a line does."""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from tests.soak import faults, instance, report
from tests.soak.receiver import receiver
from tests.soak.run import SoakRun, say

FAST = 96.0  # 48 hours in 30 minutes


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=30.0, help="by the machine's clock")
    parser.add_argument("--seed", type=int, default=1, help="draws the faults")
    parser.add_argument("--speed", type=float, default=FAST, help="1 for real time")
    return parser.parse_args()


def main() -> int:
    asked = options()
    load = os.getloadavg()[0]
    hours = asked.minutes * asked.speed / 60
    say(f"{hours:g} hours at {asked.speed:g} times the speed, seed {asked.seed}, load {load:.1f}")
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with receiver() as alerts, instance.small_lake(folder / "lake"):
            soaked = instance.instance_in(folder, speed=asked.speed, receiver_port=alerts.port)
            run = SoakRun(soaked, alerts, hours=hours, seed=asked.seed)
            try:
                run.start()
                found = run.go(faults.PLAN)
            finally:
                soaked.stop()
                log = Path(tempfile.gettempdir()) / f"soak-{asked.seed}.log"
                log.write_text(soaked.output())
                samples = [asdict(sample) for sample in run.found.samples]
                log.with_suffix(".json").write_text(json.dumps(samples))
    rows = list(report.lines(found))
    Console(width=160).print(report.table(rows))
    say(f"load {os.getloadavg()[0]:.1f}; what the processes wrote: {log}")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
