"""What S3 answers becomes a sentence with setting and cure: from a real server, and from Amazon.

SeaweedFS neither throttles nor lies about regions, so those answers are Amazon's, as bodies.
"""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bench.harness.processes import free_port
from spotifyweb.diagnosis import Diagnosis
from spotifyweb.lake import LakeError, open_lake, s3_errors
from spotifyweb.lake.s3 import S3Lake
from tests.contracts.conftest import bucket as bucket
from tests.engines.certificates import DAY, Authority
from tests.engines.s3 import KEY, SECRET, SeaweedFS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


def refusal(lake: S3Lake | object) -> LakeError:
    with pytest.raises(LakeError) as caught:
        lake.put("bronze/plays/a", b"x")  # type: ignore[union-attr]
    return caught.value


def test_an_unknown_key_and_a_wrong_secret_are_told(
    bucket: SeaweedFS, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")
    error = refusal(open_lake("s3://lake", endpoint=bucket.endpoint))
    assert "refuses the secret" in str(error) and "AWS_SECRET_ACCESS_KEY" in error.hint
    assert "wrong-secret" not in str(error) and not error.retry
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    error = refusal(open_lake("s3://lake", endpoint=bucket.endpoint))
    assert "does not know the access key" in str(error) and "AWS_ACCESS_KEY_ID" in error.hint


def test_a_missing_bucket_is_told(bucket: SeaweedFS, credentials: None) -> None:
    with pytest.raises(LakeError, match="bucket in LAKE_URL does not exist") as caught:
        list(open_lake("s3://no-such-bucket", endpoint=bucket.endpoint).keys())
    assert "LAKE_URL" in caught.value.hint and not caught.value.retry


def test_an_endpoint_that_is_away_is_told(credentials: None) -> None:
    error = refusal(open_lake("s3://lake", endpoint=f"http://127.0.0.1:{free_port()}"))
    assert "nothing answers at the endpoint" in str(error) and error.retry


def test_objects_are_encrypted_as_the_settings_say(bucket: SeaweedFS, credentials: None) -> None:
    lake = open_lake("s3://lake", endpoint=bucket.endpoint, encryption={"sse": "AES256"})
    lake.put("encrypted", b"x")
    head = bucket.client().head_object(Bucket="lake", Key="encrypted")
    assert head["ServerSideEncryption"] == "AES256" and lake.get("encrypted") == b"x"


@pytest.mark.parametrize(
    "encryption", [{"sse": "aes"}, {"kms_key_id": "k"}, {"sse": "AES256", "kms_key_id": "k"}]
)
def test_an_encryption_that_is_none_is_refused(encryption: dict[str, str]) -> None:
    with pytest.raises(LakeError, match="LAKE_") as caught:
        open_lake("s3://lake", encryption=encryption)
    assert "LAKE_SSE" in caught.value.hint and not caught.value.retry


ANSWERS = {  # status and code, as Amazon documents them
    (403, "RequestTimeTooSkewed"): s3_errors.CLOCK,
    (503, "SlowDown"): s3_errors.SLOW,
    (403, "AccessDenied"): s3_errors.RIGHTS,
    (404, "NoSuchBucket"): s3_errors.BUCKET,
    (400, "ExpiredToken"): s3_errors.TOKEN,
    (400, "AuthorizationHeaderMalformed"): s3_errors.REGION,
    (400, "KMS.DisabledException"): s3_errors.ENCRYPTION,
}


@pytest.fixture
def answering() -> Iterator[ThreadingHTTPServer]:
    """A server that answers each request with what stands in its `answer`."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, code = self.server.answer  # type: ignore[attr-defined]
            body = f"<Error><Code>{code}</Code><Message>words</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("certificate", "known"),
    [
        ("", s3_errors.PLAIN),
        ("expired", s3_errors.EXPIRED),
        ("misnamed", s3_errors.NAME),
        ("foreign", s3_errors.CERTIFICATE),
    ],
)
def test_what_is_wrong_with_tls_is_told(
    answering: ThreadingHTTPServer,
    credentials: None,
    certificate: str,
    known: Diagnosis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, another = Authority(tmp_path, "ours"), Authority(tmp_path, "another")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(ours.file))
    if certificate:
        keys = {
            "expired": ours.sign("expired", until=datetime.now(UTC) - DAY),
            "misnamed": ours.sign("misnamed", host="s3.example.org"),
            "foreign": another.sign("foreign"),
        }
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keys[certificate])
        answering.socket = context.wrap_socket(answering.socket, server_side=True)
    error = refusal(open_lake("s3://lake", endpoint=f"https://127.0.0.1:{answering.server_port}"))
    assert known.sentence in str(error) and error.hint == known.hint and not error.retry


@pytest.mark.slow
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_of_amazon_is_told(
    answering: ThreadingHTTPServer, credentials: None, answer: tuple[int, str]
) -> None:
    answering.answer = answer  # type: ignore[attr-defined]
    lake = open_lake("s3://lake", endpoint=f"http://127.0.0.1:{answering.server_address[1]}")
    error, known = refusal(lake), ANSWERS[answer]
    assert known.sentence in str(error) and error.hint == known.hint and error.retry is known.retry
