"""Responses of the sandbox: Starlette's, with headers in the order and spelling of Spotify's."""

import json
from urllib.parse import urlencode

from starlette.responses import Response

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
CSS = "text/css; charset=utf-8"
SVG = "image/svg+xml"


def response(
    body: bytes = b"",
    *,
    status: int = 200,
    content_type: str = JSON,
    headers: dict[str, str] | None = None,
) -> Response:
    """Build a response; one without a body has a length of 0 and no content type."""
    entity = {"content-type": content_type} if body else {}
    lines = {**entity, "content-length": str(len(body)), **(headers or {})}
    return Response(body, status_code=status, headers=lines)


def as_json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Build a JSON response, with spaces and unescaped Unicode as Spotify sends it."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return response(body, status=status, headers=headers)


def as_text(text: str, *, status: int = 200, content_type: str = TEXT) -> Response:
    """Build a response of text in UTF-8."""
    return response(text.encode(), status=status, content_type=content_type)


def redirect(url: str, **query: str) -> Response:
    """Build a 303 to that URL, with `query` added to the one it has."""
    glue = "&" if "?" in url else "?"
    target = f"{url}{glue}{urlencode(query)}" if query else url
    return response(status=303, headers={"location": target})


def with_floats(answer: Response) -> Response:
    """Write every whole number of a JSON response as a float, 204053.0."""
    if answer.headers.get("content-type") != JSON:
        return answer
    value = json.loads(bytes(answer.body), parse_int=float)
    return as_json(value, status=answer.status_code, headers=_other_headers(answer))


def with_retry_after(answer: Response, seconds: int | None) -> Response:
    """Turn a response into a 429 that names the seconds to wait, if there are any."""
    headers = {} if seconds is None else {"retry-after": str(seconds)}
    content_type = answer.headers["content-type"]
    return response(bytes(answer.body), status=429, content_type=content_type, headers=headers)


def _other_headers(answer: Response) -> dict[str, str]:
    entity = ("content-type", "content-length")
    return {name: value for name, value in answer.headers.items() if name not in entity}
