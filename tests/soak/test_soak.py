"""What a soak counts, by hand: its runs of half an hour are `make soak`."""

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from tests.soak import clock, faults, plays, receiver, report, resources
from tests.soak.apps import shortened
from tests.soak.clock import Clock, ClockFile
from tests.soak.plays import Gap, Play
from tests.soak.resources import Process, Sample


def play(ended_ms: int, track_id: str = "a") -> Play:
    return Play(user_id="mira", track_id=track_id, ended_ms=ended_ms)


def test_each_play_is_found_doubled_in_a_gap_or_lost() -> None:
    gap = Gap(user_id="mira", starts_ms=40_000, ends_ms=50_000, reason="offline")
    expected = [play(10_000), play(20_000), play(45_000), play(60_000)]
    gold = [play(10_500), play(20_000), play(20_900), play(99_000, "b")]
    counted = plays.tally(expected, gold, [gap])
    assert (counted.expected, counted.found) == (4, 2)
    assert counted.doubled == [play(20_000)] and counted.lost == [play(60_000)]
    assert counted.missing == {"offline": [play(45_000)]}
    assert counted.invented == [play(99_000, "b")]


def test_a_play_again_that_was_left_early_is_one_with_the_play_before() -> None:
    ends = [play(200_000), play(277_000), play(480_000), play(500_000, "b"), play(600_000)]
    listed = [plays.Listed(play=one, duration_ms=200_000) for one in ends]
    assert plays.distinct(listed) == ends[1:]


@pytest.mark.parametrize(
    ("titles", "wrong"),
    [
        (["consume x fails", "consume x works again"], 0),
        (["consume x fails", "consume y fails", "consume x works again"], 1),
        (["consume x fails", "consume x fails", "consume x works again"], 1),
        (["consume x works again"], 1),
    ],
)
def test_an_alert_is_right_when_failure_and_recovery_alternate(
    titles: list[str], wrong: int
) -> None:
    assert len(receiver.complaints(titles)) == wrong


def test_a_failure_is_open_until_its_recovery_was_sent() -> None:
    titles = ["consume x fails", "consume y fails", "consume x works again"]
    assert receiver.open_failures(titles) == ["consume y fails"]


def test_the_receiver_notes_what_is_posted() -> None:
    with receiver.receiver() as alerts:
        body = {"title": "transform fails", "message": "…", "type": "failure"}
        assert requests.post(f"http://127.0.0.1:{alerts.port}/", json=body, timeout=10).ok
    assert alerts.titles == ["transform fails"]


def sample(at: float, memory_mb: float, pid: int = 1) -> Sample:
    used = Process(name="worker", pid=pid, memory_mb=memory_mb, descriptors=9)
    return Sample(at=at, processes=[used], objects=9, rows=9, catalogue=9, tables={})


def test_growth_is_that_of_the_last_third_over_the_middle_one() -> None:
    samples = [sample(0.1, 50), sample(0.4, 100), sample(0.5, 102), sample(0.9, 110)]
    assert resources.thirds(samples, "memory_mb") == (50, 101, 110)
    assert not resources.is_flat((50, 101, 110)) and resources.is_flat((50, 101, 106))


def test_the_tables_that_grew_in_the_last_third_are_named() -> None:
    rows = [(0.1, 1), (0.5, 7), (0.6, 5), (0.9, 9)]
    samples = [replace(sample(at, 9), tables={"run": n, "gap": 4}) for at, n in rows]
    assert resources.table_growth(samples) == {"run": 2}


def test_memory_is_that_of_the_longest_life_and_no_restart_hides_its_growth() -> None:
    grown = [sample(0.1 * number, 100 + 20 * number) for number in range(6)]
    fresh = [sample(0.7 + 0.1 * number, 50, pid=2) for number in range(3)]
    assert resources.life_thirds([*grown, *fresh], "memory_mb") == (110, 150, 190)
    assert resources.life_thirds(fresh, "memory_mb") == (50, 50, 50)
    assert resources.life_thirds([], "memory_mb") == (0, 0, 0)


def test_a_run_holds_when_each_line_does() -> None:
    found = report.Findings(hours=48, plays=plays.Tally(expected=1, found=1))
    found.samples = [sample(at, 100) for at in (0.1, 0.5, 0.9)]
    assert all(line.holds for line in report.lines(found))
    found.plays.lost = [play(1)]
    found.samples[-1] = sample(0.9, 200)
    wrong = [line.what for line in report.lines(found) if not line.holds]
    assert wrong == ["plays lost", "memory_mb, thirds of the longest lives"]


def test_the_clock_goes_on_from_where_it_was_at_another_speed(tmp_path: Path) -> None:
    slow = Clock(anchored_at=1000, start=0, speed=1)
    fast = slow.anchored(1010, speed=96)
    assert (slow.at(1010), fast.at(1010), fast.at(1011)) == (10, 10, 106)
    clock.write(tmp_path / "clock.json", Clock(anchored_at=time.time(), start=0, speed=0))
    file = ClockFile(tmp_path / "clock.json")
    assert file.spotify_now().timestamp() == file.product_now().timestamp() == 0


def test_periods_shrink_to_what_a_machine_can_do() -> None:
    assert [shortened(seconds, 96) for seconds in (86_400, 60, 5)] == [900, 5, 5]
    assert shortened(60, 1) == 60


def test_the_seed_draws_the_faults_and_each_round_has_all() -> None:
    drawn = [faults.draw(random.Random(1), faults.PLAN) for _ in range(2)]
    first, second = ([next(one).name for _ in faults.PLAN] for one in drawn)
    assert first == second and sorted(first) == sorted(fault.name for fault in faults.PLAN)
