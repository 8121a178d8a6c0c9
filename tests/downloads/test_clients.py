"""Exports as clients other than a browser save them: whole, or recognisably broken."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from django.db import connection

from bench.harness.processes import PATIENCE_SECONDS
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.export import formats
from tests.downloads.conftest import break_off
from tests.downloads.listens import differences
from tests.support.login import session_of

pytestmark = pytest.mark.slow
ENCODINGS = ["gzip, deflate, br, zstd", "br", "identity"]
OPTIONS = ["--compressed", "--http1.1", "--http1.0"]
with_curl = pytest.mark.skipif(not shutil.which("curl"), reason="no curl on this machine")


def test_httpx_saves_every_listen(
    site: str, somebody: Listener, build: Path, tmp_path: Path
) -> None:
    for kind in formats.FORMATS:
        plain, *others = [fetched(site, somebody, kind, encoding) for encoding in ENCODINGS]
        saved = tmp_path / kind
        saved.write_bytes(plain)
        assert not differences(saved, build, kind, user_id=somebody.user_id), kind
        assert all(other == plain for other in others), kind


@with_curl
def test_curl_saves_every_listen(
    site: str, somebody: Listener, build: Path, tmp_path: Path
) -> None:
    for kind in formats.FORMATS:
        saved = [tmp_path / option for option in OPTIONS]
        for path in saved:
            assert curl(site, somebody, kind, path, path.name) == 0
        assert not differences(saved[0], build, kind, user_id=somebody.user_id), kind
        assert len({path.read_bytes() for path in saved}) == 1, kind


@with_curl
def test_curl_looks_at_the_headers_alone(
    site: str, kavya: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(monkeypatch, lambda: pytest.fail("read"))
    for option in OPTIONS:
        command = ["curl", "-sSI", "--fail", option, f"{site}/export/listening.csv"]
        command += ["-H", f"Cookie: sessionid={session_of(kavya)}"]
        done = subprocess.run(command, check=True, timeout=PATIENCE_SECONDS, capture_output=True)
        headers = done.stdout.decode().lower()
        assert 'filename="listening.csv"' in headers and "content-length: 0" not in headers


def test_httpx_notices_an_export_that_breaks_off(
    site: str, kavya: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(monkeypatch)
    for encoding in ENCODINGS:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            fetched(site, kavya, "csv", encoding)


def test_an_export_of_somebody_locked_out_meanwhile_is_no_whole_one(
    site: str, kavya: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock_out() -> None:
        Listener.objects.filter(pk=kavya.pk).update(is_active=False)
        connection.close()  # of the thread that reads

    break_off(monkeypatch, lock_out)
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        fetched(site, kavya, "csv", "identity")


@with_curl
def test_curl_notices_an_export_that_breaks_off(
    site: str, kavya: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(monkeypatch)
    codes = {option: curl(site, kavya, "csv", tmp_path / "csv", option) for option in OPTIONS}
    partial_file, http_error = 18, 22  # HTTP/1.0 is refused before its first byte
    assert codes == {
        "--compressed": partial_file,
        "--http1.1": partial_file,
        "--http1.0": http_error,
    }


def fetched(site: str, somebody: Listener, kind: str, encoding: str) -> bytes:
    headers = {"Cookie": f"sessionid={session_of(somebody)}", "Accept-Encoding": encoding}
    address = f"{site}/export/listening.{kind}"
    answer = httpx.get(address, headers=headers, timeout=PATIENCE_SECONDS)
    return answer.raise_for_status().content


def curl(site: str, somebody: Listener, kind: str, saved: Path, option: str) -> int:
    """Its exit code."""
    cookie = ["-H", f"Cookie: sessionid={session_of(somebody)}"]
    command = ["curl", "-sS", "--fail", option, *cookie, "-o", str(saved)]
    command.append(f"{site}/export/listening.{kind}")
    return subprocess.run(command, check=False, timeout=PATIENCE_SECONDS).returncode
