"""The tables of sentences and cures in SETUP are those of the code, all of them."""

import re
from collections.abc import Iterable, Mapping

import pytest
import redis
from django.db import OperationalError

from spotifyweb.diagnosis import Diagnosis
from spotifyweb.eventlog import kafka_errors
from spotifyweb.lake import s3_errors
from spotifyweb.monitoring import connection_hints
from tests.docs.fences import ROOT

SETUP = (ROOT / "docs/SETUP.md").read_text()


def table(title: str) -> list[tuple[str, str]]:
    """Return the rows of the table below that heading of its first column."""
    (body,) = re.findall(rf"^\| {title} \| .*\n\| --- \| --- \|\n((?:\|.*\n)+)", SETUP, re.M)
    return [(said, cure) for said, cure in re.findall(r"^\| (.*?) \| (.*) \|$", body, re.M)]


def texts(diagnoses: Iterable[Diagnosis]) -> list[tuple[str, str]]:
    return [(each.sentence.format(found="…"), each.hint.format(found="…")) for each in diagnoses]


def test_kafkas_sentences_have_their_cures_in_setup() -> None:
    known = [*kafka_errors.WORDS.values(), *kafka_errors.CODES.values(), kafka_errors.OTHERWISE]
    assert table("Kafka: message") == texts(known)


def test_sentences_of_s3_have_their_cures_in_setup() -> None:
    tls = [*s3_errors.TLS.values(), s3_errors.CERTIFICATE]
    known = [*s3_errors.CODES.values(), s3_errors.ENCRYPTION, *tls, *s3_errors.FAILURES.values()]
    assert table("S3: message") == texts(dict.fromkeys(known))


@pytest.mark.parametrize(
    ("title", "kind", "known"),
    [
        ("Redis: message", redis.RedisError, connection_hints.REDIS),
        ("Postgres: message", OperationalError, connection_hints.DATABASE),
    ],
)
def test_words_of_redis_and_postgres_have_their_cures_in_setup(
    title: str, kind: type[Exception], known: Mapping[str, str]
) -> None:
    rows = table(title)
    assert [cure for _, cure in rows] == list(known.values())
    assert [connection_hints.hint(kind(said)) for said, _ in rows] == list(known.values())
