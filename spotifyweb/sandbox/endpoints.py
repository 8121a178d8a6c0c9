"""Requests of the sandbox, and the routes that they match: Starlette's, without coroutines.

Starlette reads a body with `await`. Here it is read first, so that handlers are plain functions.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Route
from starlette.types import Receive, Scope

from spotifyweb import bounds


class SandboxRequest(Request):
    """A request whose body was read."""

    payload: bytes = b""

    @classmethod
    async def read(cls, scope: Scope, receive: Receive) -> "SandboxRequest":
        """Read a request with its body, which is empty if the client left before its end."""
        request = cls(scope, receive)
        with suppress(ClientDisconnect):
            request.payload = await request.body()
        return request

    @property
    def path(self) -> str:
        """Return the decoded path, with its final slash if there is one."""
        return str(self.scope["path"])

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query parameters; of one that is repeated, the last."""
        return dict(self.query_params)

    @property
    def base(self) -> str:
        """Return this server's URL as the client wrote it: hrefs and next links point back here."""
        return f"{self.headers.get('x-forwarded-proto', 'http')}://{self.headers.get('host', '')}"

    @property
    def peer(self) -> tuple[str, int]:
        """Return the client's address and port, by which its connection is known."""
        return (self.client.host, self.client.port) if self.client else ("", 0)

    def form_fields(self) -> dict[str, str]:
        """Parse the body as a URL-encoded form, whatever its content type."""
        return dict(parse_qsl(self.payload.decode("utf-8", "replace"), keep_blank_values=True))

    def json_object(self) -> dict[str, Any]:
        """Parse the body as a JSON object; {} where there is none.

        Raises ValueError for anything else.
        """
        value = bounds.load_json(self.payload or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        return value


class Endpoint(Route):
    """A route with the bucket that its calls are counted in. Without `method` any method fits."""

    def __init__(
        self, path: str, name: str, bucket: str, handler: Any, *, method: str | None = "GET"
    ) -> None:
        super().__init__(path, handler, name=name)
        self.bucket = bucket
        self.methods = {method} if method else None  # Starlette would add HEAD to GET


EndpointT = TypeVar("EndpointT", bound=Endpoint)


def find(endpoints: Iterable[EndpointT], request: SandboxRequest) -> EndpointT | None:
    """Return the first endpoint that the request matches, and give the request its path_params.

    A final slash is ignored. Returns None for an unknown path or method.
    """
    scope = {**request.scope, "path": request.path.rstrip("/") or "/"}
    for endpoint in endpoints:
        match, child_scope = endpoint.matches(scope)
        if match is Match.FULL:
            request.scope["path_params"] = child_scope["path_params"]
            return endpoint
    return None
