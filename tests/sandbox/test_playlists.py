"""Playlists that an app creates: scopes, the limit of a call, order, and what is refused."""

import pytest

from bench.harness.sandbox_client import MIRA, SCOPES, THEO, Sandbox
from spotifyweb.sandbox.catalogue.music import catalogue

URIS = [f"spotify:track:{track_id}" for track_id in list(catalogue(1).tracks)[:205]]
NO_SCOPE = {"error": {"status": 403, "message": "Insufficient client scope"}}
READING, PRIVATE, PUBLIC = SCOPES, "playlist-modify-private", "playlist-modify-public"


def token(sandbox: Sandbox, *scopes: str, account_id: str = MIRA) -> str:
    return str(sandbox.log_in(account_id, scope=" ".join((READING, *scopes)))["access_token"])


def new_playlist(sandbox: Sandbox, access: str, **body: object) -> str:
    answer = sandbox.post("me/playlists", access, {"name": "Forgotten", "public": False, **body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def items(sandbox: Sandbox, access: str, playlist: str) -> list[str]:
    page = sandbox.get(f"playlists/{playlist}/items", access, limit=50).json()
    return [row["item"]["uri"] for row in page["items"]]


def test_a_new_playlist_is_private_empty_and_the_newest(sandbox: Sandbox) -> None:
    access = token(sandbox, PRIVATE)
    answer = sandbox.post("me/playlists", access, {"name": "Forgotten", "public": False})

    created = answer.json()
    assert answer.status_code == 201
    assert created["external_urls"]["spotify"].endswith(f"/playlist/{created['id']}")
    assert (created["name"], created["public"], created["items"]["total"]) == (
        "Forgotten",
        False,
        0,
    )
    assert sandbox.get("me/playlists", access).json()["items"][0]["id"] == created["id"]


@pytest.mark.parametrize(("scope", "is_public"), [(PRIVATE, True), (PUBLIC, False), ("", False)])
def test_the_scope_must_fit(sandbox: Sandbox, scope: str, is_public: bool) -> None:
    answer = sandbox.post(
        "me/playlists", token(sandbox, scope), {"name": "New", "public": is_public}
    )

    assert (answer.status_code, answer.json()) == (403, NO_SCOPE)


def test_a_playlist_is_public_unless_it_says_otherwise(sandbox: Sandbox) -> None:
    access = token(sandbox, PUBLIC)
    assert sandbox.post("me/playlists", access, {"name": "New"}).json()["public"] is True


def test_tracks_are_appended_or_inserted_in_order(sandbox: Sandbox) -> None:
    access = token(sandbox, PRIVATE)
    path = f"playlists/{(playlist := new_playlist(sandbox, access))}/items"

    first = sandbox.post(path, access, {"uris": URIS[:2]})
    sandbox.post(path, access, {"uris": URIS[2:3]})
    sandbox.post(path, access, {"uris": URIS[3:4]}, position=1)

    assert (first.status_code, [*first.json()]) == (201, ["snapshot_id"])
    assert items(sandbox, access, playlist) == [URIS[0], URIS[3], URIS[1], URIS[2]]


def test_tracks_are_replaced(sandbox: Sandbox) -> None:
    access = token(sandbox, PRIVATE)
    path = f"playlists/{(playlist := new_playlist(sandbox, access))}/items"
    sandbox.post(path, access, {"uris": URIS[:3]})

    replaced = sandbox.put(path, access, {"uris": URIS[2:4]})

    assert (replaced.status_code, [*replaced.json()]) == (200, ["snapshot_id"])
    assert items(sandbox, access, playlist) == URIS[2:4]
    assert sandbox.put(path, access, {"uris": URIS[:101]}).status_code == 400


@pytest.mark.parametrize(
    ("uris", "status"),
    [
        (URIS[:100], 201),
        (URIS[:101], 400),
        ([], 400),
        (["spotify:track:0"], 400),
        (["spotify:album:x"], 400),
    ],
    ids=["a hundred", "more", "none", "unknown", "no track"],
)
def test_at_most_a_hundred_known_tracks_a_call(
    sandbox: Sandbox, uris: list[str], status: int
) -> None:
    access = token(sandbox, PRIVATE)
    playlist = new_playlist(sandbox, access)

    answer = sandbox.post(f"playlists/{playlist}/items", access, {"uris": uris})

    assert answer.status_code == status
    assert sandbox.get(f"playlists/{playlist}", access).json()["items"]["total"] == (
        100 if status == 201 else 0
    )


def test_nobody_else_sees_or_changes_it(sandbox: Sandbox) -> None:
    playlist = new_playlist(sandbox, token(sandbox, PRIVATE))
    theo = token(sandbox, PRIVATE, account_id=THEO)

    assert sandbox.get(f"playlists/{playlist}", theo).status_code == 404
    for send in (sandbox.post, sandbox.put):
        assert send(f"playlists/{playlist}/items", theo, {"uris": URIS[:1]}).status_code == 404


def test_a_playlist_without_a_name_is_refused(sandbox: Sandbox) -> None:
    assert sandbox.post("me/playlists", token(sandbox, PRIVATE), {}).status_code == 400
