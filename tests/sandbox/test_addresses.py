"""Every address in an answer answers: hrefs, next pages, pictures."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.oauth import SCOPES

STARTS = (
    "me",
    "me/player?additional_types=track,episode",
    "me/player/recently-played?limit=50",
    "me/tracks?limit=5",
    "me/top/artists",
    "me/playlists",
    "search?q=the&type=track,artist,album,show,episode,audiobook,playlist",
)


def addresses(body: object) -> Iterator[str]:
    """Every address of this host in an answer; `uri` is none, and `spotify` is Spotify's own."""
    if isinstance(body, list):
        for one in body:
            yield from addresses(one)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name in ("href", "url", "next", "previous") and value:
                yield value
            elif name != "external_urls":
                yield from addresses(value)


def kind_of(address: str) -> str:
    """An address without its ids."""
    parts = urlsplit(address).path.split("/")
    if parts[1] == "image":
        return "/image/{name}"
    return "/".join("{id}" if len(part) == 22 or part == MIRA else part for part in parts)


def test_every_address_in_an_answer_answers(sandbox: Sandbox) -> None:
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    access = sandbox.log_in(scope=" ".join(SCOPES))["access_token"]
    sandbox.player(MIRA, "chapter")
    waiting = [f"{sandbox.api_url}{start}" for start in STARTS]
    waiting += [f"{sandbox.api_url}audiobooks/{podcasts.of_kind(books=True)[0].show_id}"]
    followed: set[str] = set()
    headers = {"Authorization": f"Bearer {access}"}
    while waiting:
        address = waiting.pop()
        kind = kind_of(address)
        if kind in followed:
            continue
        followed.add(kind)
        answer = requests.get(address, headers=headers, timeout=10)
        removed = kind.startswith("/v1/users/")  # by Spotify too, in February 2026
        assert answer.status_code == (403 if removed else 200), address
        if answer.headers["content-type"].startswith("application/json"):
            waiting += addresses(answer.json())

    assert {"/v1/albums/{id}/tracks", "/v1/shows/{id}", "/image/{name}"} <= followed
    assert len(followed) > 15
