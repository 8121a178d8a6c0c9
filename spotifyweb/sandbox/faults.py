"""Everything that can go wrong at Spotify, on demand: per listener and endpoint, counted or timed.

The bodies are those seen from the real service.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import Response

from spotifyweb.sandbox import responses

PREMIUM = (
    "Active premium subscription required for the owner of the app. When the subscription status "
    "changes, it can take a few hours before requests are allowed again."
)
NOT_LISTED = (
    "The user is not registered for this application. Please check your settings on "
    "https://developer.spotify.com/dashboard."
)
RATE_LIMITED = "API rate limit exceeded"
ACCOUNTS = "accounts"  # the bucket of the accounts host
ACCOUNTS_ENDPOINTS = ("authorize", "consent", "token")
_numbers = itertools.count(1)


def error(status: int, message: str, **more: str) -> Response:
    """Build an error response as the API sends it."""
    return responses.as_json(
        {"error": {"status": status, "message": message, **more}}, status=status
    )


def unauthorized_error(message: str, *, code: str = "invalid_token") -> Response:
    challenge = f'Bearer realm="spotify", error="{code}", error_description="{message}"'
    return responses.as_json(
        {"error": {"status": 401, "message": message}},
        status=401,
        headers={"www-authenticate": challenge},
    )


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, until it has happened `count` times or `until_ms` is over."""

    kind: str
    endpoint: str = "*"  # an endpoint's name, a bucket's, "accounts", or * for the whole API
    account_id: str = "*"
    count: int | None = None
    until_ms: int | None = None
    retry_after: int | None = None
    seconds: float = 30.0  # of hang and slow
    body: str = ""
    status: int = 200
    number: int = field(default_factory=lambda: next(_numbers))
    hits: int = 0

    def applies_to(self, *, names: set[str], account_id: str, now_ms: int) -> bool:
        if self.account_id not in ("*", account_id):
            return False
        everywhere = self.endpoint == "*" and ACCOUNTS not in names
        if not everywhere and self.endpoint not in names:
            return False
        return self.is_on(now_ms)

    def is_on(self, now_ms: int) -> bool:
        """Return whether it may still occur: its count and its time are not used up."""
        if self.count is not None and self.hits >= self.count:
            return False
        return self.until_ms is None or now_ms < self.until_ms

    def response(self) -> Response:
        return KINDS[self.kind](self)


def _rate(fault: Fault) -> Response:
    return responses.with_retry_after(error(429, RATE_LIMITED), fault.retry_after)


def _quota(fault: Fault) -> Response:
    wait = 86_000 if fault.retry_after is None else fault.retry_after
    return responses.with_retry_after(
        error(429, "Too many requests", reason="QUOTA_EXCEEDED"), wait
    )


def _custom(fault: Fault) -> Response:
    return responses.as_text(fault.body, status=fault.status, content_type=responses.JSON)


KINDS: dict[str, Callable[[Fault], Response]] = {
    "rate_limited": _rate,
    "rate_limited_text": lambda fault: responses.with_retry_after(
        responses.as_text("Too many requests", status=429), fault.retry_after
    ),
    "quota_exceeded": _quota,
    "bad_gateway": lambda _: error(502, "Bad gateway."),
    "server_error": lambda _: error(500, "Server error"),
    "gateway_timeout": lambda _: error(504, "Service didn't reply before timeout"),
    "unavailable_text": lambda _: responses.as_text("upstream request timeout", status=503),
    "premium_required": lambda _: responses.as_text(PREMIUM, status=403),
    "not_listed": lambda _: responses.as_text(NOT_LISTED, status=403),
    "unauthorized": lambda _: unauthorized_error("The access token expired"),
    "forbidden": lambda _: error(403, "Forbidden"),
    "scope": lambda _: error(403, "Insufficient client scope"),
    "not_found": lambda _: error(404, "Resource not found"),
    "error_string": lambda _: responses.as_json({"error": "some string"}, status=400),
    "not_json": lambda _: responses.as_text("<html>not JSON</html>", content_type=responses.HTML),
    "no_content": lambda _: responses.response(status=204),
    "custom": _custom,
}
DELAYS = {"hang", "slow"}  # before the cut, before the true answer
CUTS = {"hang", "reset"}
ALL_KINDS = KINDS.keys() | DELAYS | CUTS
