"""What is too large is refused while it comes in, before Django has written it to disk."""

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.accounts import api_tokens
from spotifyweb.accounts.models import ApiToken, Listener
from tests.support.login import session_of

MEGABYTE = 1024**2
pytestmark = pytest.mark.django_db(transaction=True)


async def posted(
    path: str, *, megabytes: int, method: str = "POST", **headers: str
) -> tuple[int, int]:
    """The status, and how many megabytes were taken in before it came."""
    from spotifyweb.asgi import application

    left: list[int] = []

    async def observed(scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            if message["type"] == "http.response.start":
                left.append(asked.input_queue.qsize())
            await send(message)

        await application(scope, receive, note)

    sent = {"host": "127.0.0.1", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    asked: Any = ApplicationCommunicator(observed, scope)  # type: ignore[no-untyped-call]
    for number in range(1, megabytes + 1):
        more = number < megabytes
        await asked.send_input({"type": "http.request", "body": b"x" * MEGABYTE, "more_body": more})
    start = await asked.receive_output(PATIENCE_SECONDS)
    while (await asked.receive_output(PATIENCE_SECONDS)).get("more_body"):
        pass
    await asked.wait(PATIENCE_SECONDS)
    return start["status"], megabytes - left[0]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("path", ["/login/", "/import/", "/api/v1/stats/overview"])
async def test_a_strangers_endless_body_is_cut_off(path: str, method: str) -> None:
    status, taken = await posted(path, megabytes=8, method=method)

    assert (status, taken) == (413, 3)


async def test_a_body_that_says_so_is_refused_unread() -> None:
    status, taken = await posted("/login/", megabytes=8, content_length=str(8 * MEGABYTE))

    assert (status, taken) == (413, 0)


async def test_who_is_logged_in_may_upload_as_much_as_an_import_takes(
    alice: Listener,
) -> None:
    cookie = await sync_to_async(cookies_of)(alice)
    status, taken = await posted("/import/", megabytes=4, cookie=cookie)
    elsewhere, _ = await posted("/rules/", megabytes=4, cookie=cookie)

    assert (status, taken) == (403, 4)  # taken in, and refused for want of the form's token
    assert elsewhere == 413


async def test_an_api_token_may_upload_to_the_api(alice: Listener) -> None:
    scopes = [ApiToken.Scope.STATS]
    create = sync_to_async(api_tokens.create)
    token = await create(alice, name="curl", scopes=scopes, now=datetime.now(UTC))
    path = "/api/v1/imports"

    taken_in = await posted(path, megabytes=4, authorization=f"Bearer {token}")

    assert taken_in == (403, 4)  # refused for want of the permission
    assert await posted(path, megabytes=4, authorization="Bearer swt_invented") == (413, 3)
    assert await posted(path, megabytes=4) == (413, 3)


async def test_a_session_of_nobody_may_not() -> None:
    cookie = f"{settings.SESSION_COOKIE_NAME}=invented"

    assert await posted("/import/", megabytes=4, cookie=cookie) == (413, 3)


def cookies_of(listener: Listener) -> str:
    return f"theme=dark; {settings.SESSION_COOKIE_NAME}={session_of(listener)}"
