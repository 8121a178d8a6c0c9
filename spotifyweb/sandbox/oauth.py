"""The accounts host: consent page, codes, tokens and every way in which they fail."""

import base64
import hmac
import re
import time
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.responses import Response

from spotifyweb.sandbox import faults, pages, responses, tokens
from spotifyweb.sandbox.endpoints import Endpoint, SandboxRequest
from spotifyweb.sandbox.listeners.people import ACCOUNTS
from spotifyweb.sandbox.state import SandboxState
from spotifyweb.sandbox.tokens import Grant

ROTATES_EVERY = 5  # one refresh in five brings a new refresh token, the others bring none
CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")  # a SHA-256 in base64url without padding (RFC 7636)
CONSENT_FIELDS = (  # of the request, carried through the consent page
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "response_type",
    "code_challenge",
    "code_challenge_method",
)
SCOPES = {  # every scope that Spotify knows; another one is illegal
    "user-read-recently-played": "See what you played recently",
    "user-read-currently-playing": "See what is playing",
    "user-read-playback-state": "See your player and devices",
    "user-library-read": "See your saved tracks and albums",
    "user-top-read": "See your top artists and tracks",
    "playlist-read-private": "See your private playlists",
    "playlist-read-collaborative": "See your collaborative playlists",
    "playlist-modify-private": "Change your private playlists",
    "playlist-modify-public": "Change your public playlists",
    "user-library-modify": "Change your saved tracks and albums",
    "user-follow-read": "See whom you follow",
    "user-follow-modify": "Change whom you follow",
    "user-read-playback-position": "See how far you got in episodes",
    "user-modify-playback-state": "Control your player",
    "user-read-private": "See your subscription",
    "user-read-email": "See your e-mail address",
    "streaming": "Play music",
    "app-remote-control": "Speak to the app on your device",
    "ugc-image-upload": "Upload pictures",
}


class Client(NamedTuple):
    """The app that asks for a token."""

    client_id: str
    is_known: bool  # with its secret where it has one
    is_public: bool = False  # without a secret: PKCE proves what the secret would


def authorize(state: SandboxState, request: SandboxRequest) -> Response:
    """Show the consent page (GET /authorize)."""
    if refusal := _refusal(state, request.query):
        return pages.render("refusal.html", status=400, reason=refusal)
    return pages.render(
        "consent.html",
        query=request.query,
        hidden=CONSENT_FIELDS,
        accounts=ACCOUNTS.values(),
        scopes=SCOPES,
    )


def consent(state: SandboxState, request: SandboxRequest) -> Response:
    """Redirect to the app with a code, or with access_denied (POST /authorize)."""
    form = request.form_fields()
    if refusal := _refusal(state, form):
        return pages.render("refusal.html", status=400, reason=refusal)
    echoed = {"state": form["state"]} if "state" in form else {}
    if form.get("decision") != "allow" or form.get("account_id") not in ACCOUNTS:
        return responses.redirect(form["redirect_uri"], error="access_denied", **echoed)
    now_ms = state.clock.now_ms()
    grant = Grant(
        account_id=form["account_id"],
        client_id=form["client_id"],
        scope=" ".join(sorted(form.get("scope", "").split())),
        authorized_ms=now_ms,
        issued_ns=time.time_ns(),
        expires_ms=now_ms + int(tokens.CODE_LIFE.total_seconds() * 1000),
        redirect_uri=form["redirect_uri"],
        challenge=form.get("code_challenge", ""),
    )
    return responses.redirect(form["redirect_uri"], code=tokens.sign("code", grant), **echoed)


def _refusal(state: SandboxState, query: dict[str, str]) -> str:
    if query.get("client_id") not in state.clients:
        return "INVALID_CLIENT: Invalid client"
    if not is_redirect_allowed(state, query.get("redirect_uri", "")):
        return "INVALID_CLIENT: Invalid redirect URI"
    if query.get("response_type") != "code":
        return "response_type must be code"
    if not set(query.get("scope", "").split()) <= SCOPES.keys():
        return "Illegal scope"
    if query.get("show_dialog", "false") not in ("true", "false"):
        return "show_dialog must be true or false"
    return _challenge_refusal(query)


def _challenge_refusal(query: dict[str, str]) -> str:
    if not query.keys() & {"code_challenge", "code_challenge_method"}:
        return ""
    if query.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256"
    return "" if CHALLENGE.fullmatch(query.get("code_challenge", "")) else "Invalid code_challenge"


def is_redirect_allowed(state: SandboxState, uri: str) -> bool:
    """Return whether the URI is registered; a loopback address without a port takes any port."""
    try:
        parts = urlsplit(uri)
    except ValueError:  # [ without ]
        return False
    if not uri.isascii() or not uri.isprintable():
        return False
    loopback = parts.hostname in ("127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        return False
    if not state.redirect_uris or uri in state.redirect_uris:
        return True
    host = f"[{parts.hostname}]" if parts.hostname == "::1" else parts.hostname
    return loopback and parts._replace(netloc=host or "").geturl() in state.redirect_uris


def token(state: SandboxState, request: SandboxRequest) -> Response:
    """Exchange a code or a refresh token for an access token (POST /api/token)."""
    form = request.form_fields()
    client = _client(state, request, form)
    if not client.client_id:
        return responses.as_json({"error": "invalid_client"}, status=400)
    if not client.is_known:
        return _oauth_error("invalid_client", "Invalid client")
    if form.get("grant_type") == "authorization_code":
        return _exchange(state, form, client)
    if form.get("grant_type") == "refresh_token":
        return _refresh(state, form, client)
    return _oauth_error(
        "unsupported_grant_type", "grant_type must be authorization_code or refresh_token"
    )


def _oauth_error(code: str, description: str) -> Response:
    return responses.as_json({"error": code, "error_description": description}, status=400)


def _client(state: SandboxState, request: SandboxRequest, form: dict[str, str]) -> Client:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        client_id = form.get("client_id", "")
        return Client(client_id, client_id in state.clients, is_public=True)
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return Client("unreadable", is_known=False)
    expected = state.clients.get(client_id, "")
    return Client(
        client_id, bool(expected) and hmac.compare_digest(expected.encode(), secret.encode())
    )


def _exchange(state: SandboxState, form: dict[str, str], client: Client) -> Response:
    code = form.get("code", "")
    grant = tokens.read("code", code)
    if grant is None or grant.client_id != client.client_id or code in state.used_codes:
        return _oauth_error("invalid_grant", "Invalid authorization code")
    if client.is_public and not grant.challenge:
        return _oauth_error("invalid_client", "Invalid client")
    if state.clock.now_ms() >= grant.expires_ms:
        return _oauth_error("invalid_grant", "Authorization code expired")
    if form.get("redirect_uri") != grant.redirect_uri:
        return _oauth_error("invalid_grant", "Invalid redirect URI")
    if not tokens.verifies_pkce(grant, form.get("code_verifier", "")):
        return _oauth_error("invalid_grant", "code_verifier was incorrect")
    state.used_codes.add(code)
    return _tokens(state, replace(grant, is_public=client.is_public), with_refresh=True)


def _refresh(state: SandboxState, form: dict[str, str], client: Client) -> Response:
    """Renew by the secret, or by the client id alone where PKCE brought the refresh token."""
    grant = tokens.read("refresh", form.get("refresh_token", ""))
    if grant is None or grant.client_id != client.client_id:
        return _oauth_error("invalid_grant", "Invalid refresh token")
    if client.is_public and not grant.is_public:
        return _oauth_error("invalid_client", "Invalid client")
    if state.is_revoked(grant):
        return _oauth_error("invalid_grant", "Refresh token revoked")
    if state.is_expired(grant):
        return _oauth_error("invalid_grant", "Refresh token expired")
    state.refreshes[grant.account_id] += 1
    rotates = state.refreshes[grant.account_id] % ROTATES_EVERY == 0
    return _tokens(state, grant, with_refresh=rotates)


def _tokens(state: SandboxState, grant: Grant, *, with_refresh: bool) -> Response:
    now_ms, lives = state.clock.now_ms(), int(tokens.ACCESS_LIFE.total_seconds())
    fresh = replace(
        grant, issued_ns=time.time_ns(), expires_ms=now_ms + lives * 1000, redirect_uri="",
        challenge="",
    )  # fmt: skip
    body: dict[str, object] = {
        "access_token": tokens.sign("access", fresh),
        "token_type": "Bearer",
        "scope": grant.scope,
        "expires_in": lives,
    }
    if with_refresh:  # six months from the consent; refreshing does not prolong it
        ends_ms = grant.authorized_ms + int(tokens.CONSENT_LIFE.total_seconds() * 1000)
        body["refresh_token"] = tokens.sign("refresh", replace(fresh, expires_ms=ends_ms))
    return responses.as_json(body)


ENDPOINTS = (
    Endpoint("/accounts/authorize", "authorize", faults.ACCOUNTS, authorize),
    Endpoint("/accounts/authorize", "consent", faults.ACCOUNTS, consent, method="POST"),
    Endpoint("/accounts/api/token", "token", faults.ACCOUNTS, token, method="POST"),
)
