"""The accounts host: consent, codes, tokens, and how each of them is refused."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

import pytest
import requests

from bench.harness.sandbox_client import MIRA, SCOPES, THEO, Sandbox
from spotifyweb.sandbox.listeners.people import OUTSIDER

BACK = "http://127.0.0.1:8000/callback/"
VERIFIER = "v" * 64
PKCE = {
    "code_challenge": urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("="),
    "code_challenge_method": "S256",
}


def authorize_url(sandbox: Sandbox, **changes: str) -> str:
    query = {"client_id": "sandbox-client", "response_type": "code", "redirect_uri": BACK}
    return f"{sandbox.accounts_url}/authorize?" + urlencode(
        query | {"scope": SCOPES, "state": "opaque & odd"} | changes
    )


def code_of(sandbox: Sandbox, **changes: str) -> str:
    return sandbox.consent(authorize_url(sandbox, **changes), MIRA)["code"]


def exchange(
    sandbox: Sandbox, code: str, *, redirect_uri: str = BACK, code_verifier: str = ""
) -> requests.Response:
    return sandbox.token(
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=code_verifier,
    )


def public(sandbox: Sandbox, **form: str) -> requests.Response:
    """A token request without a secret."""
    return requests.post(
        f"{sandbox.accounts_url}/api/token",
        data={"client_id": "sandbox-client"} | form,
        timeout=10,
    )


def refresh(sandbox: Sandbox, token: str) -> requests.Response:
    return sandbox.token(grant_type="refresh_token", refresh_token=token)


def test_the_consent_page_names_the_listeners_and_bears_its_mark(sandbox: Sandbox) -> None:
    page = requests.get(authorize_url(sandbox), timeout=10).text

    assert "Sandbox" in page
    assert "Mira Solberg" in page
    assert "See what you played recently" in page


def test_allowing_leads_back_with_a_code_and_the_very_state(sandbox: Sandbox) -> None:
    back = sandbox.consent(authorize_url(sandbox), MIRA)

    assert back["state"] == "opaque & odd"
    token = exchange(sandbox, back["code"]).json()
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 3600
    assert set(token["scope"].split()) == set(SCOPES.split())
    assert token["refresh_token"].startswith("AQ")


def test_denying_leads_back_with_access_denied(sandbox: Sandbox) -> None:
    back = sandbox.consent(authorize_url(sandbox), MIRA, decision="deny")

    assert back == {"error": "access_denied", "state": "opaque & odd"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client_id": "somebody"}, "Invalid client"),
        ({"redirect_uri": "http://127.0.0.1:8000/callback"}, "Invalid redirect URI"),
        ({"redirect_uri": "http://localhost:8000/callback/"}, "Invalid redirect URI"),
        ({"redirect_uri": "http://192.168.1.4/callback/"}, "Invalid redirect URI"),
        ({"redirect_uri": "http://[::1"}, "Invalid redirect URI"),
        ({"redirect_uri": "https://example.org/\r\nx"}, "Invalid redirect URI"),
        ({"response_type": "token"}, "response_type"),
        ({"response_type": ""}, "response_type"),
        ({"scope": f"{SCOPES} user-read-birthdate"}, "Illegal scope"),
        ({"scope": SCOPES.replace(" ", ",")}, "Illegal scope"),
        ({"show_dialog": "yes"}, "show_dialog"),
        ({"code_challenge": "v" * 43}, "code_challenge_method must be S256"),
        ({"code_challenge": "v" * 43, "code_challenge_method": "plain"}, "must be S256"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "Invalid code_challenge"),
    ],
)
def test_a_wrong_app_is_told_so_and_nobody_is_sent_back(
    sandbox: Sandbox, changes: dict[str, str], reason: str
) -> None:
    sandbox.control("configure", redirect_uris=[BACK])

    page = requests.get(authorize_url(sandbox, **changes), timeout=10)

    assert page.status_code == 400
    assert reason in page.text


def test_a_loopback_address_registered_without_port_takes_any_port(sandbox: Sandbox) -> None:
    sandbox.control("configure", redirect_uris=["http://127.0.0.1/callback/"])

    assert requests.get(authorize_url(sandbox), timeout=10).status_code == 200


def test_a_code_works_once_and_not_for_long(sandbox: Sandbox) -> None:
    code = code_of(sandbox)
    assert exchange(sandbox, code).status_code == 200
    assert exchange(sandbox, code).json()["error"] == "invalid_grant"

    late = code_of(sandbox)
    sandbox.clock(advance=11 * 60)
    assert exchange(sandbox, late).json()["error"] == "invalid_grant"


def test_a_code_belongs_to_its_redirect_uri_and_to_its_maker(sandbox: Sandbox) -> None:
    other = exchange(sandbox, code_of(sandbox), redirect_uri="https://example.org/callback/")
    forged = exchange(sandbox, code_of(sandbox)[:-4] + "0000")

    assert other.json()["error"] == forged.json()["error"] == "invalid_grant"
    assert other.status_code == forged.status_code == 400


def test_pkce_is_held_to_when_a_challenge_was_made(sandbox: Sandbox) -> None:
    wrong = exchange(sandbox, code_of(sandbox, **PKCE), code_verifier="w" * 64)
    right = exchange(sandbox, code_of(sandbox, **PKCE), code_verifier=VERIFIER)

    assert wrong.json()["error"] == "invalid_grant"
    assert right.status_code == 200


def test_a_public_client_renews_by_its_id_alone(sandbox: Sandbox) -> None:
    code = code_of(sandbox, **PKCE)
    token = public(
        sandbox,
        grant_type="authorization_code",
        code=code,
        redirect_uri=BACK,
        code_verifier=VERIFIER,
    ).json()

    renewed = public(sandbox, grant_type="refresh_token", refresh_token=token["refresh_token"])

    assert renewed.status_code == 200
    assert "refresh_token" not in renewed.json(), "since July 2026 a refresh brings none"
    assert sandbox.get("me", renewed.json()["access_token"]).json()["account_id"] == MIRA
    stranger = public(
        sandbox, client_id="x", grant_type="refresh_token", refresh_token=token["refresh_token"]
    )
    assert stranger.json()["error"] == "invalid_client"


def test_without_pkce_a_client_id_alone_opens_nothing(sandbox: Sandbox) -> None:
    token = sandbox.log_in()["refresh_token"]
    renewed = public(sandbox, grant_type="refresh_token", refresh_token=token)
    code = code_of(sandbox)
    exchanged = public(
        sandbox,
        grant_type="authorization_code",
        code=code,
        redirect_uri=BACK,
        code_verifier=VERIFIER,
    )

    assert renewed.status_code == exchanged.status_code == 400
    assert renewed.json()["error"] == exchanged.json()["error"] == "invalid_client"


@pytest.mark.parametrize("header", ["Basic ä", "Basic !", "Basic /w==", "Bearer x"])
def test_unreadable_credentials_are_no_client(sandbox: Sandbox, header: str) -> None:
    answer = requests.post(
        f"{sandbox.accounts_url}/api/token",
        data={"grant_type": "refresh_token"},
        headers={"Authorization": header.encode("latin-1")},
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_a_bad_secret_and_no_credentials_at_all(sandbox: Sandbox) -> None:
    bad = sandbox.token(client=("sandbox-client", "guess"), grant_type="refresh_token")
    none = requests.post(f"{sandbox.accounts_url}/api/token", data={}, timeout=10)

    assert bad.status_code == none.status_code == 400
    assert bad.json() == {"error": "invalid_client", "error_description": "Invalid client"}
    assert none.json() == {"error": "invalid_client"}


def test_four_refreshes_in_five_bring_no_refresh_token(sandbox: Sandbox) -> None:
    token = sandbox.log_in()["refresh_token"]

    answers = [refresh(sandbox, token).json() for _ in range(10)]

    assert ["refresh_token" in one for one in answers] == [*[False] * 4, True] * 2
    renewed = answers[4]["refresh_token"]
    assert renewed != token
    assert refresh(sandbox, renewed).status_code == 200


def test_a_consent_ends_after_six_months_however_often_it_was_refreshed(sandbox: Sandbox) -> None:
    token = sandbox.log_in()["refresh_token"]
    sandbox.clock(advance=100 * 86_400)
    assert refresh(sandbox, token).status_code == 200
    sandbox.clock(advance=90 * 86_400)

    answer = refresh(sandbox, token)

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "Refresh token expired",
    }


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_consent_can_be_ended_at_once_and_given_anew(sandbox: Sandbox, how: str) -> None:
    mira, theo = sandbox.log_in(MIRA), sandbox.log_in(THEO)
    sandbox.control("consent", account_id=MIRA, how=how)

    answer = refresh(sandbox, mira["refresh_token"]).json()

    assert answer["error_description"] == f"Refresh token {how}"
    assert refresh(sandbox, theo["refresh_token"]).status_code == 200
    assert refresh(sandbox, sandbox.log_in(MIRA)["refresh_token"]).status_code == 200


def test_the_token_endpoint_fails_as_edges_do(sandbox: Sandbox) -> None:
    sandbox.fault("unavailable_text", endpoint="token", count=1)
    token = exchange(sandbox, code_of(sandbox))
    assert (token.status_code, token.text) == (503, "upstream request timeout")


def test_somebody_off_the_allow_list_logs_in_and_is_refused_everywhere(sandbox: Sandbox) -> None:
    access = sandbox.log_in(OUTSIDER.account_id)["access_token"]

    answer = sandbox.get("me", access)

    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/plain")
    assert "not registered" in answer.text
