"""Codes and tokens that carry what they stand for, signed: they outlive a restart of the sandbox.

access tokens start with BQ, refresh tokens with AQ, as Spotify's do.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import timedelta

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(hours=1)
CONSENT_LIFE = timedelta(days=183)
KEY = b"sandbox: guards nothing but invented listeners"
PREFIXES = {"code": "AQC", "access": "BQ", "refresh": "AQ"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one listener allowed one app."""

    account_id: str
    client_id: str
    scope: str
    authorized_ms: int  # virtual time of the consent
    issued_ns: int  # real time of issue: revoking ends all that was issued before
    expires_ms: int = 0
    redirect_uri: str = ""
    challenge: str = ""  # PKCE, "" when none was sent
    is_public: bool = False  # exchanged by PKCE without a secret, so refreshed without one


def sign(kind: str, grant: Grant) -> str:
    body = base64.urlsafe_b64encode(json.dumps(asdict(grant)).encode()).decode().rstrip("=")
    return f"{PREFIXES[kind]}{body}.{_signature(kind, body)}"


def read(kind: str, token: str) -> Grant | None:
    """Return the token's grant; None if no sandbox issued it as that kind."""
    body, _, signature = token.removeprefix(PREFIXES[kind]).partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(kind, body).encode()):
        return None
    return Grant(**json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def _signature(kind: str, body: str) -> str:
    return hmac.new(KEY, f"{kind}:{body}".encode(), hashlib.sha256).hexdigest()[:32]


def verifies_pkce(grant: Grant, verifier: str) -> bool:
    """Return whether the verifier matches the grant's challenge, if it has one."""
    if not grant.challenge:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(grant.challenge.encode(), expected.encode())
