"""A client of the sandbox: its controls, the login, and calls of the API.

Sandbox(url=…, state=…).log_in("sbxMira4kQ")      # the whole code flow, returns the token JSON
sandbox.fault("quota_exceeded", endpoint="recently-played", count=1)
sandbox.player("sbxMira4kQ", "skip")
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.sandbox.listeners.people import PEOPLE
from spotifyweb.sandbox.state import SandboxState

MIRA, THEO, ANOUK, YUKI, CAFE = (person.account_id for person in PEOPLE)
SCOPES = (
    "user-read-recently-played user-read-currently-playing user-read-playback-state "
    "user-library-read user-top-read playlist-read-private playlist-read-collaborative"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    url: str
    state: SandboxState

    @property
    def accounts_url(self) -> str:
        return f"{self.url}/accounts"

    @property
    def api_url(self) -> str:
        return f"{self.url}/v1/"

    def control(self, name: str, /, **order: object) -> Any:
        """Call `/sandbox/<name>`. Raises AssertionError with the reason of a refusal."""
        answer = requests.post(f"{self.url}/sandbox/{name}", json=order, timeout=PATIENCE_SECONDS)
        if answer.status_code != 200:
            raise AssertionError(answer.text)
        return answer.json()

    def fault(self, kind: str, **order: object) -> None:
        """Add a fault: `fault("rate_limited", endpoint="player", account_id=MIRA, count=2)`."""
        self.control("fault", kind=kind, **order)

    def player(self, account_id: str, do: str, /, **order: object) -> Any:
        return self.control("player", account_id=account_id, do=do, **order)

    def record(self, account_id: str, **order: object) -> Any:
        return self.control("record", account_id=account_id, **order)

    def clock(self, **order: object) -> Any:
        """Set the clock: `clock(now="2026-05-01T10:00:00Z", speed=0)`, `clock(advance=3600)`."""
        return self.control("clock", **order)

    def consent(
        self, authorize_url: str, account_id: str, *, decision: str = "allow"
    ) -> dict[str, str]:
        """Answer the consent page as a person would; return the query of the callback."""
        page = requests.get(authorize_url, timeout=PATIENCE_SECONDS)
        assert page.status_code == 200, page.text
        form = dict(parse_qsl(urlsplit(authorize_url).query))
        form |= {"account_id": account_id, "decision": decision}
        answer = requests.post(
            f"{self.accounts_url}/authorize",
            data=form,
            allow_redirects=False,
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code == 303, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def log_in(
        self,
        account_id: str = MIRA,
        *,
        scope: str = SCOPES,
        redirect_uri: str = "http://127.0.0.1:8000/callback/",
    ) -> dict[str, Any]:
        """Run the whole authorization code flow and return the token answer."""
        query = {"client_id": "sandbox-client", "response_type": "code", "scope": scope}
        query |= {"redirect_uri": redirect_uri, "state": "s"}
        back = self.consent(f"{self.accounts_url}/authorize?{urlencode(query)}", account_id)
        answer = self.token(
            grant_type="authorization_code", code=back["code"], redirect_uri=redirect_uri
        )
        assert answer.status_code == 200, answer.text
        token: dict[str, Any] = answer.json()
        return token

    def token(
        self, *, client: tuple[str, str] = ("sandbox-client", "sandbox-secret"), **form: str
    ) -> requests.Response:
        return requests.post(
            f"{self.accounts_url}/api/token", data=form, auth=client, timeout=PATIENCE_SECONDS
        )

    def get(self, path: str, access_token: str, **query: object) -> requests.Response:
        """Call the API once: `get("me/player", token["access_token"])`."""
        headers = {"Authorization": f"Bearer {access_token}"}
        params = {name: str(value) for name, value in query.items()}
        return requests.get(
            f"{self.api_url}{path}", headers=headers, params=params, timeout=PATIENCE_SECONDS
        )

    def post(
        self, path: str, access_token: str, body: object = None, **query: object
    ) -> requests.Response:
        """Call the API once with a JSON body: `post("me/playlists", token, {"name": "New"})`."""
        return self._send("POST", path, access_token, body, query)

    def put(
        self, path: str, access_token: str, body: object = None, **query: object
    ) -> requests.Response:
        """Call the API once with a JSON body, as `post` does."""
        return self._send("PUT", path, access_token, body, query)

    def _send(
        self, method: str, path: str, access_token: str, body: object, query: dict[str, object]
    ) -> requests.Response:
        return requests.request(
            method,
            f"{self.api_url}{path}",
            headers={"Authorization": f"Bearer {access_token}"},
            params={name: str(value) for name, value in query.items()},
            json=body,
            timeout=PATIENCE_SECONDS,
        )
