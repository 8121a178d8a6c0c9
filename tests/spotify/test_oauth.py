"""Codes and tokens, against the sandbox's accounts host."""

from dataclasses import replace

import pytest

from bench.harness.sandbox_client import MIRA, Sandbox
from spotifyweb.spotify import errors
from spotifyweb.spotify.oauth import SCOPES, Attempt, SpotifyOAuth


def code_for(oauth: SpotifyOAuth, sandbox: Sandbox, attempt: Attempt) -> str:
    return sandbox.consent(oauth.authorize_url(attempt), MIRA)["code"]


def refresh_token(oauth: SpotifyOAuth, sandbox: Sandbox) -> str:
    attempt = Attempt.begin()
    grant = oauth.exchange(code_for(oauth, sandbox, attempt), attempt=attempt)
    assert grant.refresh_token
    return grant.refresh_token


def test_a_code_becomes_tokens_with_the_scopes_that_were_granted(
    oauth: SpotifyOAuth, sandbox: Sandbox
) -> None:
    attempt = Attempt.begin()

    grant = oauth.exchange(code_for(oauth, sandbox, attempt), attempt=attempt)

    assert set((grant.scope or "").split()) == set(SCOPES)
    assert grant.expires_in_seconds == 3600
    assert grant.refresh_token


def test_a_code_without_its_verifier_is_worth_nothing(
    oauth: SpotifyOAuth, sandbox: Sandbox
) -> None:
    attempt = Attempt.begin()
    code = code_for(oauth, sandbox, attempt)

    with pytest.raises(errors.BadCode):
        oauth.exchange(code, attempt=replace(Attempt.begin(), state=attempt.state))


def test_a_code_is_good_once(oauth: SpotifyOAuth, sandbox: Sandbox) -> None:
    attempt = Attempt.begin()
    code = code_for(oauth, sandbox, attempt)
    oauth.exchange(code, attempt=attempt)

    with pytest.raises(errors.BadCode):
        oauth.exchange(code, attempt=attempt)


def test_refreshing_gives_a_new_access_token(oauth: SpotifyOAuth, sandbox: Sandbox) -> None:
    assert oauth.refresh(refresh_token(oauth, sandbox)).access_token.startswith("BQ")


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_an_ended_consent_needs_a_login(oauth: SpotifyOAuth, sandbox: Sandbox, how: str) -> None:
    token = refresh_token(oauth, sandbox)
    sandbox.control("consent", account_id=MIRA, how=how)

    with pytest.raises(errors.NeedsLogin):
        oauth.refresh(token)


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ("unavailable_text", errors.Unavailable),
        ("server_error", errors.Unavailable),
        ("rate_limited", errors.RateLimited),
        ("rate_limited_text", errors.RateLimited),
        ("not_json", errors.BadAnswer),
        ("error_string", errors.BadRequest),
        ("reset", errors.Unavailable),
    ],
)
def test_trouble_is_not_taken_for_an_ended_consent(
    oauth: SpotifyOAuth, sandbox: Sandbox, fault: str, meaning: type[errors.SpotifyError]
) -> None:
    token = refresh_token(oauth, sandbox)
    sandbox.fault(fault, endpoint="token", count=1)

    with pytest.raises(errors.SpotifyError) as caught:
        oauth.refresh(token)

    assert type(caught.value) is meaning


@pytest.mark.parametrize(
    "body",
    [
        "[" * 20_000,
        '{"access_token":' * 3_000 + "1" + "}" * 3_000,
        '{"access_token": "a", "expires_in": ' + "9" * 5_000 + "}",
        '{"access_token": "\\ud800"}',
        '{"access_token": "a\\nHost: elsewhere"}',
        '{"access_token": ["a"]}',
        '{"access_token": "a", "expires_in": -1}',
        '{"access_token": "a", "expires_in": NaN}',
        "null",
        "",
    ],
)
def test_a_token_answer_that_is_none_is_a_bad_answer(
    oauth: SpotifyOAuth, sandbox: Sandbox, body: str
) -> None:
    token = refresh_token(oauth, sandbox)
    sandbox.fault("custom", endpoint="token", count=1, body=body)

    with pytest.raises(errors.BadAnswer):
        oauth.refresh(token)


def test_of_a_token_answer_what_is_certain_is_taken(oauth: SpotifyOAuth, sandbox: Sandbox) -> None:
    token = refresh_token(oauth, sandbox)
    odd = '{"access_token": "a", "expires_in": 1e9, "scope": ["x"], "refresh_token": 5}'
    sandbox.fault("custom", endpoint="token", count=1, body=odd)

    grant = oauth.refresh(token)

    assert (grant.access_token, grant.expires_in_seconds) == ("a", 24 * 60 * 60)
    assert (grant.scope, grant.refresh_token) == (None, None)


def test_a_wrong_secret_is_said_to_be_that(oauth: SpotifyOAuth, sandbox: Sandbox) -> None:
    token = refresh_token(oauth, sandbox)

    with pytest.raises(errors.BadClient):
        replace(oauth, client_secret="wrong").refresh(token)


def test_the_challenge_is_the_one_of_the_standard() -> None:
    """Appendix B of RFC 7636."""
    attempt = Attempt(state="s", verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")

    assert attempt.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_secrets_are_not_in_what_is_printed(oauth: SpotifyOAuth, sandbox: Sandbox) -> None:
    attempt = Attempt.begin()
    grant = oauth.exchange(code_for(oauth, sandbox, attempt), attempt=attempt)

    assert grant.access_token not in repr(grant)
    assert "sandbox-secret" not in repr(oauth)
