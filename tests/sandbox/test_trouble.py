"""Everything that can go wrong at Spotify goes wrong here on demand, with the bodies seen there."""

import time
from typing import Any

import pytest
import requests

from bench.harness.sandbox_client import MIRA, THEO, Sandbox
from spotifyweb.sandbox import faults

PREMIUM = (
    "Active premium subscription required for the owner of the app. When the subscription status "
    "changes, it can take a few hours before requests are allowed again."
)


@pytest.fixture
def access(sandbox: Sandbox) -> str:
    token: str = sandbox.log_in(MIRA)["access_token"]
    return token


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("rate_limited", 429, {"error": {"status": 429, "message": "API rate limit exceeded"}}),
        ("rate_limited_text", 429, "Too many requests"),
        ("bad_gateway", 502, {"error": {"status": 502, "message": "Bad gateway."}}),
        ("server_error", 500, {"error": {"status": 500, "message": "Server error"}}),
        (
            "gateway_timeout",
            504,
            {"error": {"status": 504, "message": "Service didn't reply before timeout"}},
        ),
        ("unavailable_text", 503, "upstream request timeout"),
        ("premium_required", 403, PREMIUM),
        ("forbidden", 403, {"error": {"status": 403, "message": "Forbidden"}}),
        ("scope", 403, {"error": {"status": 403, "message": "Insufficient client scope"}}),
        ("not_found", 404, {"error": {"status": 404, "message": "Resource not found"}}),
        ("unauthorized", 401, {"error": {"status": 401, "message": "The access token expired"}}),
        ("error_string", 400, {"error": "some string"}),
        ("not_json", 200, "<html>not JSON</html>"),
        ("no_content", 204, ""),
    ],
)
def test_each_error_has_its_body(
    sandbox: Sandbox, access: str, kind: str, status: int, body: Any
) -> None:
    sandbox.fault(kind, endpoint="me", count=1)

    answer = sandbox.get("me", access)

    assert answer.status_code == status
    assert (answer.text if isinstance(body, str) else answer.json()) == body
    assert sandbox.get("me", access).status_code == 200, "it happens once"


def test_the_premium_text_is_as_long_as_spotifys() -> None:
    assert len(faults.PREMIUM) == 159


def test_retry_after_is_there_or_not(sandbox: Sandbox, access: str) -> None:
    sandbox.fault("rate_limited", endpoint="me", count=1, retry_after=10)
    sandbox.fault("rate_limited", endpoint="me", count=1)

    assert sandbox.get("me", access).headers["retry-after"] == "10"
    assert "retry-after" not in sandbox.get("me", access).headers


def test_a_used_up_quota_blocks_its_bucket_while_others_answer(
    sandbox: Sandbox, access: str
) -> None:
    sandbox.fault("quota_exceeded", endpoint="player")

    blocked = sandbox.get("me/player/recently-played", access)

    assert blocked.headers["retry-after"] == "86000"
    assert blocked.json()["error"]["reason"] == "QUOTA_EXCEEDED"
    assert sandbox.get("me/player", access).status_code == 429
    assert sandbox.get("me/tracks", access).status_code == 200


def test_a_real_quota_counts_the_calls_of_a_day(sandbox: Sandbox, access: str) -> None:
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    access = sandbox.log_in()["access_token"]
    sandbox.control("configure", quotas={"me": 3})

    answers = [sandbox.get("me", access).status_code for _ in range(4)]
    sandbox.clock(advance=86_400)

    assert answers == [200, 200, 200, 429]
    assert sandbox.get("me", sandbox.log_in()["access_token"]).status_code == 200


def test_the_rate_of_an_app_is_limited_in_any_thirty_seconds(sandbox: Sandbox) -> None:
    """All its listeners together; what is refused does not count, and half a minute heals."""
    sandbox.clock(now="2026-05-01T12:00:00+00:00", speed=0)
    mira, theo = (sandbox.log_in(who)["access_token"] for who in (MIRA, THEO))
    sandbox.control("configure", rate_limit=3)
    assert sandbox.get("me", mira).status_code == 200
    sandbox.clock(advance=20)
    assert [sandbox.get("me", who).status_code for who in (theo, mira)] == [200, 200]

    refused = sandbox.get("me/tracks", theo)

    assert refused.status_code == 429
    assert refused.json() == {"error": {"status": 429, "message": "API rate limit exceeded"}}
    assert refused.headers["retry-after"] == "11"
    sandbox.clock(advance=10)
    assert [sandbox.get("me", theo).status_code for _ in range(2)] == [200, 429]
    sandbox.control("configure", rate_limit=None)
    assert sandbox.get("me", theo).status_code == 200


def test_trouble_of_one_listener_leaves_the_others_alone(sandbox: Sandbox, access: str) -> None:
    sandbox.fault("bad_gateway", account_id=THEO)
    theo = sandbox.log_in(THEO)["access_token"]

    assert sandbox.get("me", theo).status_code == 502
    assert sandbox.get("me", access).status_code == 200


def test_trouble_lasts_as_long_as_it_was_told_to(sandbox: Sandbox, access: str) -> None:
    sandbox.clock(speed=0)
    sandbox.fault("bad_gateway", for_seconds=60)
    assert sandbox.get("me", access).status_code == 502
    sandbox.clock(advance=61)
    assert sandbox.get("me", access).status_code == 200


def test_a_cut_connection_gives_no_answer_at_all(sandbox: Sandbox, access: str) -> None:
    sandbox.fault("reset", endpoint="me", count=1)
    with pytest.raises(requests.ConnectionError):
        sandbox.get("me", access)
    assert sandbox.get("me", access).status_code == 200


def test_a_hang_is_silence_and_a_slow_answer_is_true(sandbox: Sandbox, access: str) -> None:
    sandbox.fault("hang", endpoint="me", count=1, seconds=600)
    headers = {"Authorization": f"Bearer {access}"}
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.api_url}me", headers=headers, timeout=0.2)

    sandbox.fault("slow", endpoint="me", count=1, seconds=0.2)
    began = time.monotonic()
    assert sandbox.get("me", access).status_code == 200
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("header", "code"),
    [({}, "missing_token"), ({"Authorization": "Bearer guessed"}, "invalid_token")],
)
def test_without_a_good_token_the_challenge_says_why(
    sandbox: Sandbox, header: dict[str, str], code: str
) -> None:
    answer = requests.get(f"{sandbox.api_url}me", headers=header, timeout=10)

    assert answer.status_code == 401
    assert f'error="{code}"' in answer.headers["www-authenticate"]


def test_an_access_token_lives_for_an_hour(sandbox: Sandbox) -> None:
    token = sandbox.log_in()
    sandbox.clock(advance=3601)

    assert sandbox.get("me", token["access_token"]).status_code == 401
    renewed = sandbox.token(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert sandbox.get("me", renewed.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("me/player/recently-played", "user-read-recently-played"),
        ("me/player/currently-playing", "user-read-currently-playing"),
        ("me/player", "user-read-playback-state"),
        ("me/tracks", "user-library-read"),
        ("me/top/tracks", "user-top-read"),
        ("me/playlists", "playlist-read-private"),
    ],
)
def test_each_door_wants_its_scope(sandbox: Sandbox, path: str, scope: str) -> None:
    without = sandbox.log_in(scope="ugc-image-upload")["access_token"]
    with_it = sandbox.log_in(scope=scope)["access_token"]

    assert sandbox.get(path, without).json() == {
        "error": {"status": 403, "message": "Insufficient client scope"}
    }
    assert sandbox.get(path, with_it).status_code in (200, 204)


def test_calls_are_counted_and_nonsense_is_refused(sandbox: Sandbox, access: str) -> None:
    sandbox.get("me", access)
    sandbox.get("me/tracks/", access)

    assert sandbox.control("calls", clear=True) == {
        "consent": 1,
        "authorize": 1,
        "token": 1,
        "me": 1,
        "saved-tracks": 1,
    }
    assert sandbox.control("calls") == {}
    with pytest.raises(AssertionError, match="kind must be one of"):
        sandbox.fault("earthquake")
    with pytest.raises(AssertionError, match="nobody"):
        sandbox.player("nobody", "play")


@pytest.mark.parametrize(
    ("action", "order", "known"),
    [
        ("fault", {"kind": "bad_gateway", "endpoint": "recently_played"}, "recently-played"),
        ("fault", {"kind": "bad_gateway", "account_id": "nobody"}, MIRA),
        ("fault", {"kind": "bad_gateway", "for_second": 3}, "for_seconds"),
        ("configure", {"quotas": {"recently-played": 3}}, "player"),
        ("configure", {"profile": "devmode2025"}, "devmode2026"),
        ("configure", {"rate": 9}, "rate_limit"),
        ("player", {"account_id": MIRA, "do": "set", "hide_progres": True}, "hide_progress"),
        ("clock", {"forward": 3600}, "advance"),
    ],
)
def test_an_order_for_something_unknown_is_refused_with_what_is_known(
    sandbox: Sandbox, action: str, order: dict[str, object], known: str
) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/{action}", json=order, timeout=10)

    assert answer.status_code == 400
    assert known in answer.json()["error"].partition("; known: ")[2].split(", ")
    assert sandbox.control("faults") == {"faults": []}


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("fault", b'{"kind": "bad_gateway", "count": "many"}'),
        ("clock", b'{"advance": 1e99}'),
        ("clock", b"[" * 20_000),
        ("clock", b'{"now": 5}'),
        ("configure", b'{"skips_left_out": 2}'),
        ("configure", b'{"rate_limit": "some"}'),
    ],
)
def test_an_order_that_cannot_be_read_is_refused(
    sandbox: Sandbox, action: str, body: bytes
) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/{action}", data=body, timeout=10)
    assert (answer.status_code, "error" in answer.json()) == (400, True)


NO_NUMBERS = ("²", "٣", "--5", "5.0", " 5", "", "1" * 5000)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("me/player/recently-played", "limit"),
        ("me/player/recently-played", "after"),
        ("me/player/recently-played", "before"),
        ("me/tracks", "limit"),
        ("me/tracks", "offset"),
        ("me/top/tracks", "limit"),
        ("me/playlists", "offset"),
    ],
)
def test_what_only_looks_like_a_number_is_a_bad_request(
    sandbox: Sandbox, access: str, path: str, name: str
) -> None:
    for text in NO_NUMBERS:
        answer = sandbox.get(path, access, **{name: text})
        assert answer.status_code == 400, text
        assert answer.json() == {"error": {"status": 400, "message": f"Invalid {name}"}}


def test_the_size_of_a_cover_is_a_number(sandbox: Sandbox) -> None:
    for size in ("²", "٣", "1" * 5000):
        assert requests.get(f"{sandbox.url}/sandbox/art/x/{size}", timeout=10).status_code == 404
