"""Lists hold what has lost its names: Spotify kept the id of such a song, and nothing else."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

NAMELESS = {
    "track_id": "0000000000000000000001",
    "track_name": None,
    "artist_name": None,
    "album_name": None,
    "url": "https://open.spotify.com/track/0000000000000000000001",
    "image_url": None,
    "place": 1,
    "plays": 3,
    "heard_ms": 600_000,
    "tracks": 1,
}


@pytest.mark.parametrize("template", ["top_list", "plain_list"])
def test_a_song_without_names_stands_in_a_list(template: str) -> None:
    context: dict[str, Any] = {"rows": [NAMELESS], "kind": "tracks", "most": NAMELESS, "wide": True}
    request = RequestFactory().get("/top/")
    html = render_to_string(f"fragments/{template}.html", context, request)
    assert f'href="/tracks/{NAMELESS["track_id"]}/"' in html
    assert "Unknown track" in html
    assert "None" not in html and "/artist/" not in html
