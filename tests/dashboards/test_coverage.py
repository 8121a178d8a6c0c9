"""Gaps are listed and drawn."""

from datetime import UTC, datetime

from ingestion.models import Gap
from spotifyweb.accounts.models import Listener
from tests.dashboards.conftest import browser_of, shown
from tests.dashboards.heard import Heard, of

NIGHT = datetime(2026, 6, 30, 15, tzinfo=UTC)  # half past eight in the evening in Kolkata


def test_an_open_gap_shades_the_charts(kavya: Listener) -> None:
    Gap.objects.create(
        listener=kavya, starts_at=NIGHT, ends_at=NIGHT.replace(hour=17), reason="offline"
    )
    [band] = shown(kavya, "/trends/")["listening"].bands
    assert band.last - band.first == 2 * 3600
    assert datetime.fromtimestamp(band.first, UTC).hour == 20
    assert "nothing was fetched" in browser_of(kavya).get("/coverage/").content.decode().lower()


def test_a_filled_gap_does_not(kavya: Listener) -> None:
    Gap.objects.create(
        listener=kavya, starts_at=NIGHT, ends_at=NIGHT, reason="offline", status="filled"
    )
    assert shown(kavya, "/trends/")["listening"].bands == ()


def test_charlie_sees_nobody_elses(kavya: Listener, charlie: Listener) -> None:
    Gap.objects.create(listener=kavya, starts_at=NIGHT, ends_at=NIGHT, reason="offline")
    assert "No gaps are known" in browser_of(charlie).get("/coverage/").content.decode()


def test_merged_plays_show_who_told_of_them(someone: Listener, all_heard: list[Heard]) -> None:
    told_often = of(all_heard, someone.user_id, lambda one: one.tellings > 1)
    context = shown(someone, "/merged/")
    assert context["count"] == sum(one.tellings - 1 for one in told_often)
    assert context["page"].total == len(told_often)
    newest = context["merged"][0]
    assert [row["matched_by"] for row in newest.tellings].count("kept") == 1
    assert len(newest.tellings) > 1
