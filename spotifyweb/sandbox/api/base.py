"""What every API call shares: token, allow-list and scope; parameters, items and pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from spotifyweb import bounds
from spotifyweb.sandbox import faults, responses, seeds, tokens
from spotifyweb.sandbox.api.serializers import Json, Serializer
from spotifyweb.sandbox.endpoints import SandboxRequest
from spotifyweb.sandbox.listeners.people import ACCOUNTS, Person
from spotifyweb.sandbox.player.player import Player
from spotifyweb.sandbox.state import SandboxState
from spotifyweb.sandbox.tokens import Grant

ItemT = TypeVar("ItemT")
MAX_OFFSET = 1000  # of the catalogue's pages
MARKET_FROM_ACCOUNT = ("/v1/me/tracks", "/v1/me/top/tracks")  # they apply the listener's own market


class ApiError(Exception):
    """An error response of the API."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One authenticated call."""

    state: SandboxState
    request: SandboxRequest
    person: Person
    params: dict[str, str]  # from the path
    scopes: frozenset[str] = frozenset()  # as granted

    @property
    def serializer(self) -> Serializer:
        return Serializer(
            base=self.request.base,
            legacy=not self.state.is_devmode,
            odd=self.player.odd_metadata,
            market=self._has_market(),
            position="user-read-playback-position" in self.scopes,
        )

    def _has_market(self) -> bool:
        """Return whether a market applies. Raises ApiError with 400 for what is no country."""
        market = self.request.query.get("market")
        if market is None:
            return self.request.path.rstrip("/") in MARKET_FROM_ACCOUNT
        if market != "from_token" and not (
            len(market) == 2 and market.isascii() and market.isupper()
        ):
            raise ApiError(faults.error(400, "Invalid market code"))
        return True

    def item(self, find: Callable[[str], ItemT | None]) -> ItemT:
        """Look up the item whose id is in the path.

        Raises ApiError: 400 for what is no id, 404 for an unknown one.
        """
        item_id = self.params["id"]
        if len(item_id) != 22 or not set(item_id) <= set(seeds.BASE62):
            raise ApiError(faults.error(400, "Invalid base62 id"))
        found = find(item_id)
        if found is None:
            raise ApiError(faults.error(404, "Resource not found"))
        return found

    @property
    def player(self) -> Player:
        return self.state.player(self.person.account_id)

    @property
    def now_ms(self) -> int:
        return self.state.clock.now_ms()

    def int_param(self, name: str, default: int, *, least: int = 0, most: int) -> int:
        """Parse a number from the query. Raises ApiError with 400 outside least..most."""
        number = bounds.parse_integer(self.request.query.get(name, str(default)))
        if number is None or not least <= number <= most:
            raise ApiError(faults.error(400, f"Invalid {name}"))
        return number

    def paging(self, *, default: int, most: int) -> tuple[int, int]:
        """Parse the limit and the offset of a page."""
        return self.int_param("limit", default, least=1, most=most), self.int_param(
            "offset", 0, most=MAX_OFFSET
        )

    def url(self, **changes: object) -> str:
        """Return this call's URL with the query parameters that were sent, updated by `changes`."""
        query = urlencode({**self.request.query, **{k: str(v) for k, v in changes.items()}})
        return f"{self.request.base}{self.request.path.rstrip('/')}{'?' if query else ''}{query}"

    def page(self, items: list[Json], *, total: int, limit: int, offset: int) -> Json:
        after, before = offset + limit, max(offset - limit, 0)
        return {
            "href": self.url(offset=offset, limit=limit),
            "items": items,
            "limit": limit,
            "next": self.url(offset=after, limit=limit) if after < total else None,
            "offset": offset,
            "previous": self.url(offset=before, limit=limit) if offset else None,
            "total": total,
        }


def bearer_token(request: SandboxRequest) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def authenticate(state: SandboxState, request: SandboxRequest) -> Grant:
    """Return what the request's token grants. Raises ApiError with 401 without a valid one."""
    token = bearer_token(request)
    if not token:
        raise ApiError(faults.unauthorized_error("No token provided", code="missing_token"))
    grant = tokens.read("access", token)
    if grant is None or grant.account_id not in ACCOUNTS:
        raise ApiError(faults.unauthorized_error("Invalid access token"))
    if state.is_revoked(grant) or state.clock.now_ms() >= grant.expires_ms:
        raise ApiError(faults.unauthorized_error("The access token expired"))
    return grant


def check_access(state: SandboxState, grant: Grant, scopes: tuple[str, ...]) -> Person:
    """Return the grant's listener.

    Raises ApiError with 403 for an account that is not on the allow-list, or without all scopes.
    """
    if grant.account_id not in state.listed:
        raise ApiError(responses.as_text(faults.NOT_LISTED, status=403))
    if not set(scopes) <= set(grant.scope.split()):
        raise ApiError(faults.error(403, "Insufficient client scope"))
    return ACCOUNTS[grant.account_id]
