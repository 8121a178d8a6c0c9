"""One soak: listeners log in, the clock runs fast, faults come and go, and all is counted."""

import os
import random
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from django.apps import apps as django_apps

from tests.faults import players
from tests.soak import clock, faults, resources
from tests.soak.clock import Clock, ClockFile
from tests.soak.faults import LISTENERS, Fault
from tests.soak.instance import WORDS, SoakInstance
from tests.soak.plays import Gap, Listed, Play, distinct, tally
from tests.soak.receiver import Receiver, open_failures
from tests.soak.report import Findings
from tests.soak.resources import Sample

START = datetime(2026, 10, 24, tzinfo=UTC)  # Europe's clocks go back after 25 hours
SAMPLE_SECONDS, REST_SECONDS = 5.0, 900.0  # a build takes minutes on a busy machine
CATALOGUE = {  # grows with what is played
    f"ingestion_{name}" for name in ("track", "artist", "discography", "album", "albumtrack")
}
FAILURES = (AssertionError, OSError, KeyError, subprocess.SubprocessError)  # requests' are OSErrors
LOGIN_ATTEMPTS = 5
POISON_CHANCE = 0.25  # between two faults: about one record of a hundred
GOLD = """
    select user_id, release_track_id, ended_at from silver.silver_plays
    where ended_at >= ?
"""


def upgrade(run: faults.Run) -> None:
    """Stop everything, undo the newest migration, and start as after an upgrade."""
    run.instance.stop()
    run.instance.undo_migration("ingestion")
    run.instance.start()


UPGRADE = Fault(name="upgrade", begin=upgrade)


class SoakRun:
    """A run of `hours` simulated hours, `upgrade` in their middle."""

    def __init__(
        self, instance: SoakInstance, alerts: Receiver, *, hours: float, seed: int
    ) -> None:
        self.instance, self.alerts = instance, alerts
        self.dice = random.Random(seed)
        self.file = ClockFile(instance.clock_file)
        self.hours, self.found = hours, Findings(hours=hours)
        self.began = self.ends = START
        self.unpermitted = ""
        self._sampled = 0.0

    # Clock and waiting ----------------------------------------------------------------------------
    def now(self) -> datetime:
        return self.file.spotify_now()

    def shift_product_clock(self, seconds: float) -> None:
        clock.write(self.file.path, replace(self.file.clock, product_offset=seconds))

    def set_speed(self, speed: float) -> None:
        clock.write(self.file.path, self.file.clock.anchored(time.time(), speed=speed))

    def wait(self, seconds: float) -> None:
        """Wait simulated seconds, and sample meanwhile."""
        until = self.now() + timedelta(seconds=seconds)
        while self.now() < until:
            self.sample()
            time.sleep(0.5)

    def sample(self) -> None:
        if time.monotonic() - self._sampled < SAMPLE_SECONDS:
            return
        self._sampled = time.monotonic()
        processes = [
            resources.process(name, pid)
            for name in WORDS
            if name != "sandbox"
            for pid in self.instance.pids(name)
        ]
        if len(processes) != len(WORDS) - 1:
            return  # something is being started
        rows = count_rows()
        self.found.samples.append(
            Sample(
                at=(self.now() - self.began) / (self.ends - self.began),
                processes=processes,
                objects=resources.objects(self.instance.lake),
                rows=sum(n for name, n in rows.items() if name not in CATALOGUE),
                catalogue=sum(n for name, n in rows.items() if name in CATALOGUE),
                tables=rows,
            )
        )

    # The run --------------------------------------------------------------------------------------
    def start(self) -> None:
        """Start everything by a clock at its usual speed, log in, then let the clock run fast."""
        first = Clock(anchored_at=time.time(), start=START.timestamp(), speed=1.0)
        clock.write(self.file.path, first)
        self.instance.start()
        os.environ.update(self.instance.environment)
        import django

        django.setup()
        for account_id in LISTENERS:
            self.log_in(account_id)
        self.set_speed(self.instance.speed)
        self.began = self.now()
        self.ends = self.began + timedelta(hours=self.hours)

    def log_in(self, account_id: str) -> None:
        """Log in; Spotify's code is good for ten simulated minutes, which may be too short."""
        for attempt in range(LOGIN_ATTEMPTS):
            try:
                players.log_in(self.instance, account_id)
                return
            except (AssertionError, KeyError, requests.RequestException):
                if attempt == LOGIN_ATTEMPTS - 1:
                    raise
                time.sleep(1)

    def go(self, plan: list[Fault]) -> Findings:
        drawn = faults.draw(self.dice, plan)
        halftime = self.began + (self.ends - self.began) / 2
        while self.now() < self.ends:
            self.wait(self.dice.uniform(20, 60) * 60)
            if self.dice.random() < POISON_CHANCE:
                self.poison()
            if self.now() > halftime and not self.found.faults[UPGRADE.name]:
                self.suffer(UPGRADE)
            elif self.now() < self.ends:
                self.suffer(next(drawn))
        self.rest()
        self.count()
        return self.found

    def suffer(self, fault: Fault) -> None:
        before = len(self.alerts.titles)
        say(f"{self.now():%d %H:%M} {fault.name}")
        self.found.faults[fault.name] += 1
        self.found.gap_reasons.add(fault.reason)
        try:
            fault.begin(self)
            self.wait(fault.lasts)
            fault.end(self)
        except FAILURES as error:
            self.found.problems.append(f"{fault.name}: {error!r}"[:500])
        if not self.instance.has_answered(within_seconds=120):
            self.found.problems.append(f"the web did not answer after {fault.name}")
        titles = self.alerts.titles
        raised = [*open_failures(titles[:before]), *titles[before:]]
        if fault.alert and not any(title.startswith(fault.alert) for title in raised):
            self.found.alerts_expected.append(f"{fault.name}: {fault.alert}")

    def poison(self) -> None:
        from spotifyweb import clients

        clients.event_log().append("user_plays", [(self.dice.choice(LISTENERS), b'{"half": ')])
        self.found.poisoned += 1

    def rest(self) -> None:
        """Wait, without faults, until all that was played until the end is in a build."""
        seconds = REST_SECONDS + 3600 / self.instance.speed  # fetching is hourly
        deadline = time.monotonic() + seconds
        say(f"{self.now():%d %H:%M} no more faults")
        landed_at: datetime | None = None
        while time.monotonic() < deadline:
            if landed_at is None and has_landed(since=self.ends):
                landed_at = self.now()
            if landed_at and is_built(since=landed_at) and not is_failing():
                return
            time.sleep(2)
        self.found.problems.append(f"not at rest after {seconds:.0f} s: {state()}")

    def count(self) -> None:
        self.found.alerts_sent = list(self.alerts.titles)
        until_ms = to_ms(self.ends)
        gold = [play for play in gold_plays(self.began) if play.ended_ms <= until_ms]
        listed = [self.listed(account_id) for account_id in LISTENERS]
        expected = [play for of_one in listed for play in distinct(of_one)]
        self.found.plays = tally(expected, gold, gaps())
        self.found.plays.indistinct = sum(map(len, listed)) - len(expected)
        self.found.rejected = rejected()
        self.found.gap_reasons.add("full_page")  # Spotify listed fifty: true whatever the fault was
        self.found.problems += [trace(play) for play in self.found.plays.lost[:5]]

    def listed(self, account_id: str) -> list[Listed]:
        """Return a listener's plays that Spotify listed, by the sandbox's record."""
        period = {"from_ms": to_ms(self.began), "to_ms": to_ms(self.ends)}
        rows = self.instance.control("record", account_id=account_id, **period)["plays"]
        return [
            Listed(
                play=Play(user_id=account_id, track_id=row["id"], ended_ms=row["ended_ms"]),
                duration_ms=row["duration_ms"],
            )
            for row in rows
            if row["listed"]
        ]


def to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)  # noqa: T201


def count_rows() -> dict[str, int]:
    return {
        model._meta.db_table: model._default_manager.count()
        for model in django_apps.get_models()
        if model._meta.managed and not model._meta.proxy
    }


def has_landed(*, since: datetime) -> bool:
    """Return whether everybody was fetched since, and nothing waits in the log."""
    from ingestion.models import Cursor
    from spotifyweb import clients, events

    plays = Cursor.objects.filter(stream=Cursor.Stream.RECENTLY_PLAYED)
    fetched = [cursor.fetched_at for cursor in plays if cursor.fetched_at]
    late = since + timedelta(minutes=10)
    if len(fetched) < len(LISTENERS) or min(fetched) < late:
        return False
    log = clients.event_log()
    return not any(log.lag(topic) for topic in events.TOPICS)


def is_built(*, since: datetime) -> bool:
    from ingestion.models import Run, Stage

    built = Run.objects.filter(stage=Stage.TRANSFORM, status=Run.Status.SUCCEEDED)
    return built.filter(started_at__gte=since).exists()


def is_failing() -> bool:
    from ingestion.models import Alert

    return Alert.objects.filter(is_firing=True).exists()


def state() -> Any:
    from ingestion.models import Alert, Cursor, Run

    alerts = [str(alert) for alert in Alert.objects.filter(is_firing=True)]
    cursors = [f"{one} {one.fetched_at} {one.error}" for one in Cursor.objects.all()]
    return alerts, cursors, [f"{run}: {run.error[:200]}" for run in Run.objects.all()[:12]]


def gold_plays(since: datetime) -> list[Play]:
    from spotifyweb import clients

    rows = clients.warehouse().rows(GOLD, [since])
    return [
        Play(
            user_id=row["user_id"],
            track_id=row["release_track_id"],
            ended_ms=to_ms(row["ended_at"].replace(tzinfo=UTC)),
        )
        for row in rows
    ]


def trace(play: Play) -> str:
    """Return what a listener's published plays of a lost one's track are."""
    from spotifyweb import clients

    sql = "select * from silver.silver_plays where user_id = ? and track_id = ?"
    rows = clients.warehouse().rows(sql, [play.user_id, play.track_id])
    return f"{play.track_id}: {[dict(row) for row in rows]}"


def gaps() -> list[Gap]:
    from ingestion import models

    return [
        Gap(
            user_id=gap.listener.user_id,
            starts_ms=to_ms(gap.starts_at),
            ends_ms=to_ms(gap.ends_at),
            reason=gap.reason,
        )
        for gap in models.Gap.objects.filter(status=models.Gap.Status.POSSIBLE)
    ]


def rejected() -> int:
    from ingestion.models import Reject

    return Reject.objects.count()
