"""The proxies of docs/SETUP.md as they stand there, with TLS, in front of the whole site."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from bench.harness.processes import PATIENCE_SECONDS, free_port
from nowplaying.consumers import NOT_LOGGED_IN
from tests.docs.fences import fences
from tests.support.web_server import web_server

pytestmark = pytest.mark.django_db(transaction=True)
TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE
NGINX = """
worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {
        listen 127.0.0.1:%(port)s ssl http2;
        ssl_certificate cert.pem; ssl_certificate_key key.pem;
        %(block)s
    }
}
"""
CADDY = """
{
    admin off
    auto_https disable_redirects
}
%(block)s
"""


def block(language: str, *, site: str) -> str:
    """Return the document's block with the site's real port."""
    [found] = [fence.text for fence in fences() if fence.language == language]
    return found.replace("127.0.0.1:8000", site.removeprefix("http://"))


def nginx(folder: Path, *, port: int, site: str) -> list[str]:
    text = NGINX % {"port": port, "block": block("nginx", site=site)}
    (folder / "nginx.conf").write_text(text)
    return ["nginx", "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"]


def caddy(folder: Path, *, port: int, site: str) -> list[str]:
    tls = f"https://127.0.0.1:{port} {{\n    tls cert.pem key.pem"
    text = block("caddyfile", site=site).replace("liner.example.org {", tls)
    (folder / "Caddyfile").write_text(CADDY % {"block": text})
    return ["caddy", "run", "--config", "Caddyfile"]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def origin(request: Any, tmp_path: Path, settings: Any) -> Iterator[str]:
    command_of: Callable[..., list[str]] = request.param
    for program in (command_of.__name__, "openssl"):
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/bin:/sbin:/bin"):
            pytest.skip(f"{program} is not installed")
    certify(tmp_path)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.BEHIND_HTTPS = True
    with web_server() as site:
        port = free_port()
        process = subprocess.Popen(command_of(tmp_path, port=port, site=site), cwd=tmp_path)
        try:
            wait_until_open(port, process)
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        time.sleep(0.02)
    raise AssertionError(f"no proxy listens on port {port}")


def certify(folder: Path) -> None:
    where = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command = ["openssl", "req", "-x509", "-nodes", "-days", "1", *curve, *where, *name]
    subprocess.run(command, check=True, capture_output=True)


def test_the_site_behind_a_proxy(origin: str, settings: Any, tmp_path: Path) -> None:
    settings.SPOTIFY_REDIRECT_URI = f"{origin}/callback/"
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": "1/hour"}
    with httpx.Client(base_url=origin, verify=TLS, timeout=PATIENCE_SECONDS) as browser:
        page = browser.get("/login/").text
        assert 'class="paste" open' not in page, (
            "Spotify returns to this very address, port included"
        )
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[:1]
        answers = [
            browser.post(
                "/login/",
                data={"csrfmiddlewaretoken": token},
                headers={"Referer": f"{origin}/login/", "X-Forwarded-For": f"198.51.100.{n}"},
            ).status_code
            for n in (1, 2)
        ]
        assert answers == [302, 429], "a client does not choose its address"
        for _ in range(5):  # which a reset connection would turn into 502 now and then
            refused = browser.post("/api/v1/imports", content=endless())
            assert refused.status_code == 413
            assert "Only a session or a valid API token" in refused.json()["detail"]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) < 100_000
    assert close_code(origin) == NOT_LOGGED_IN


def endless() -> Iterator[bytes]:
    for _ in range(500):
        yield b"x" * 100_000


def close_code(origin: str) -> int:
    """Open the pages' socket without a session, and return with which code it is closed."""
    address = origin.replace("https", "wss") + "/ws/now/"
    with connect(address, ssl=TLS, origin=Origin(origin)) as opened:
        with suppress(ConnectionClosed):
            opened.recv(timeout=PATIENCE_SECONDS)
        return opened.close_code or 0
