"""A real Apache Kafka that takes tokens, and a small server that issues them (OAuth 2, OIDC)."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from bench.harness.kafka import PROPERTIES, Kafka
from bench.harness.processes import free_port

CLIENT, SECRET = "liner", "right-secret"
MODULES = "org.apache.kafka.common.security.oauthbearer"
LISTENER = "listener.name.oauth"


@dataclass
class Issuer:
    """Signs tokens for the client whose secret is right."""

    port: int = field(default_factory=free_port)
    key: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    def keys(self) -> str:
        """Return the public key as brokers read it (JWKS)."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return json.dumps({"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]})

    def token(self) -> str:
        now = int(time.time())
        claims = {"sub": CLIENT, "iat": now, "exp": now + 60}
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "1"})

    @contextmanager
    def running(self) -> Iterator[None]:
        issuer = self
        right = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                is_right = self.headers["Authorization"] == f"Basic {right}"
                found = {"access_token": issuer.token(), "token_type": "Bearer", "expires_in": 60}
                answer = found if is_right else {"error": "invalid_client"}
                self.send_response(200 if is_right else 401)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", self.port), Answer)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@dataclass
class OAuthKafka(Kafka):
    """Its port OAUTH takes the issuer's tokens, as Kafka's own validator checks them."""

    issuer: Issuer = field(default_factory=Issuer)
    oauth: int = field(default_factory=free_port)

    def server_properties(self) -> str:
        (self.folder / "keys.json").write_text(self.issuer.keys())
        plain = PROPERTIES.format(port=self.port, controller=self.controller, folder=self.folder)
        both = f"PLAINTEXT://127.0.0.1:{self.port},OAUTH://127.0.0.1:{self.oauth}"
        protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,OAUTH:SASL_PLAINTEXT"
        lines = [
            plain,
            f"listeners={both},CONTROLLER://127.0.0.1:{self.controller}",
            f"advertised.listeners={both}",
            f"listener.security.protocol.map={protocols}",
            f"{LISTENER}.sasl.enabled.mechanisms=OAUTHBEARER",
            f"{LISTENER}.oauthbearer.sasl.jaas.config={MODULES}.OAuthBearerLoginModule required;",
            f"{LISTENER}.oauthbearer.sasl.server.callback.handler.class="
            f"{MODULES}.OAuthBearerValidatorCallbackHandler",
            f"sasl.oauthbearer.jwks.endpoint.url={self.keys_url}",
            # Kafka 4.1's default validator accepts an unexpired token with any signature
            f"sasl.oauthbearer.jwt.validator.class={MODULES}.BrokerJwtValidator",
        ]
        return "\n".join(lines)

    @property
    def keys_url(self) -> str:
        return f"file://{self.folder}/keys.json"

    @property
    def java(self) -> list[str]:
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self.keys_url}"
        command, *rest = super().java
        return [command, allowed, *rest]
