"""The faults of a soak, each with how long it lasts and what it may cost, drawn by the seed."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bench.harness.sandbox_client import ANOUK, CAFE, MIRA, THEO, YUKI
from tests.soak import instance as instances
from tests.soak.instance import SoakInstance

LISTENERS = (MIRA, THEO, ANOUK, YUKI, CAFE)
MINUTE, HOUR = 60.0, 3600.0
DBT_PATIENCE_SECONDS = 40.0  # of the machine, until a build begins


class Run(Protocol):
    """What a fault may use of the soak."""

    instance: SoakInstance
    dice: random.Random
    unpermitted: str

    def shift_product_clock(self, seconds: float) -> None: ...
    def log_in(self, account_id: str) -> None: ...


Act = Callable[[Run], None]


def nothing(_: Run) -> None:
    """Leave the end of the fault to the product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, how long it lasts in simulated seconds, and what follows.

    `alert` begins the title of an alert that it must raise; `reason` is what the ledger must say of
    plays that it costs.
    """

    name: str
    begin: Act
    end: Act = nothing
    lasts: float = 0.0
    alert: str = ""
    reason: str = "offline"


def kill(word: str, run: Run) -> None:
    run.instance.kill(word)


def kill_dbt(run: Run) -> None:
    """Kill the next build's dbt."""
    deadline = time.monotonic() + DBT_PATIENCE_SECONDS
    while not run.instance.kill("dbt_process") and time.monotonic() < deadline:
        time.sleep(0.2)


KILLS = [
    *(
        Fault(name=f"kill -9 {name}", begin=partial(kill, word))
        for name, word in instances.WORDS.items()
    ),
    Fault(name="kill -9 dbt", begin=kill_dbt),
]


def stop_valkey(number: signal.Signals, run: Run) -> None:
    for pid in run.instance.pids("Valkey"):
        instances.send(pid, number)


ENGINES = [
    Fault(
        name="log down",
        begin=partial(stop_valkey, signal.SIGSTOP),
        end=partial(stop_valkey, signal.SIGCONT),
        lasts=15 * MINUTE,
    ),
    Fault(
        name="lake read-only",
        begin=lambda run: instances.set_read_only(run.instance.lake, on=True),
        end=lambda run: instances.set_read_only(run.instance.lake, on=False),
        lasts=100 * MINUTE,
        alert="consume",
    ),
    Fault(
        name="lake full",
        begin=lambda run: instances.fill(run.instance.lake),
        end=lambda run: instances.drain(run.instance.lake),
        lasts=100 * MINUTE,
        alert="consume",
    ),
]


def spotify(kind: str, run: Run, **order: object) -> None:
    run.instance.control("fault", kind=kind, **order)


SPOTIFY = [
    Fault(
        name="429 short",
        begin=partial(spotify, "rate_limited", count=3, retry_after=20),
        lasts=HOUR,
    ),
    Fault(
        name="429 for hours",
        begin=partial(
            spotify, "quota_exceeded", endpoint="recently-played", count=1, retry_after=4 * 3600
        ),
        lasts=5 * HOUR,
        alert="produce",
        reason="blocked",
    ),
    Fault(
        name="5xx",
        begin=partial(spotify, "bad_gateway", for_seconds=3 * HOUR),
        lasts=4 * HOUR,
        alert="produce",
    ),
    Fault(name="hang", begin=partial(spotify, "hang", for_seconds=30 * MINUTE), lasts=30 * MINUTE),
]


def revoke(run: Run) -> None:
    """Let a listener take back Spotify's permission."""
    run.unpermitted = run.dice.choice(LISTENERS)
    run.instance.control("consent", account_id=run.unpermitted, how="revoked")


def stop_all(run: Run) -> None:
    run.instance.send_all(signal.SIGSTOP)


def continue_all(run: Run) -> None:
    run.instance.send_all(signal.SIGCONT)


def set_clock(run: Run, *, seconds: float) -> None:
    run.shift_product_clock(seconds)


MACHINE = [
    Fault(name="host sleep", begin=stop_all, end=continue_all, lasts=HOUR),
    *(
        Fault(
            name=f"clock {minutes:+} minutes",
            begin=partial(set_clock, seconds=minutes * MINUTE),
            end=partial(set_clock, seconds=0),
            lasts=40 * MINUTE,
        )
        for minutes in (25, -25)
    ),
    Fault(
        name="permission revoked",
        begin=revoke,
        end=lambda run: run.log_in(run.unpermitted),
        lasts=3 * HOUR,
        alert="produce",
        reason="needs_login",
    ),
]
PLAN = [*KILLS, *ENGINES, *SPOTIFY, *MACHINE]


def draw(dice: random.Random, faults: list[Fault]) -> Iterator[Fault]:
    """Yield faults for ever: each of them once in every round, in an order of its own."""
    while True:
        yield from dice.sample(faults, len(faults))
