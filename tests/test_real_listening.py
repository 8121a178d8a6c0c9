"""Two real listening logs, from the zip to the page, against totals counted from the zip itself."""

import json
import re
import zipfile
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from spotifyweb import clients
from spotifyweb.accounts.models import Listener

DATA = settings.BASE_DIR.parent / "shared" / "data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (DATA / "totals.json").exists(), reason=f"the real listening logs are not in {DATA}"
    ),
]
PEOPLE = ("p0", "p1")
HEARD = """
select sum(heard_ms) as ms from gold.daily_listening_by_device where user_id = ?
"""


def command(name: str, *arguments: str, **options: Any) -> dict[str, Any]:
    said = StringIO()
    call_command(name, *arguments, json=True, stdout=said, **options)
    answer: dict[str, Any] = json.loads(said.getvalue())
    return answer


def import_of(who: str) -> dict[str, Any]:
    return command("import_history", str(DATA / f"extended_{who}.zip"), user=who)


def rows(who: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(DATA / f"extended_{who}.zip") as archive:
        return [row for name in archive.namelist() for row in json.loads(archive.read(name))]


def shown(page: str) -> dict[str, int]:
    """The numbers of the overview by their names."""
    found = re.findall(r'data-number="(\w+)">\s*([\d,]+)', page)
    return {name: int(number.replace(",", "")) for name, number in found}


@pytest.mark.slow
def test_the_page_shows_what_the_zip_holds_and_a_second_import_adds_nothing(
    own_place: None, client: Client
) -> None:
    known = json.loads((DATA / "totals.json").read_text())
    for who in PEOPLE:
        outcome = import_of(who)
        assert outcome["rows"] == known[who]["rows"] == sum(outcome["outcomes"].values())
    assert command("consume")["records"] == sum(known[who]["rows"] for who in PEOPLE)
    assert command("transform")["status"] == "published"

    for who in PEOPLE:
        plays = [row for row in rows(who) if row["ms_played"] >= 30_000]
        client.force_login(Listener.objects.get(user_id=who))
        numbers = shown(client.get("/").content.decode())
        assert numbers["plays"] == known[who]["at_least_30s"] == len(plays)
        assert numbers["tracks"] == len({row["spotify_track_uri"] for row in plays})
        artists = {row["master_metadata_album_artist_name"] for row in plays}
        assert numbers["artists"] == len(artists)
        [total] = clients.warehouse().rows(HEARD, [who])
        assert total["ms"] == known[who]["ms_total"]

    for who in PEOPLE:
        again = import_of(who)
        assert again["outcomes"]["duplicates"] == again["rows"]
    assert command("consume")["records"] == 0
