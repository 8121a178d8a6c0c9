"""Kafka by OAuth: a token is fetched with the client's secret, and the broker checks it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bench.harness import kafka
from bench.harness.processes import free_port
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from tests.engines.conftest import JARS
from tests.engines.oauth_kafka import CLIENT, SECRET, Issuer, OAuthKafka
from tests.engines.test_secured_kafka import refused

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[OAuthKafka]:
    if lacking := kafka.missing_tools():
        pytest.skip(f"no real Kafka on this machine: it lacks {lacking}")
    found = OAuthKafka(folder=folder / "oauth-kafka", libs=JARS)
    found.fetch()
    found.format()
    found.start()
    with found.issuer.running():
        yield found
    found.stop(kill=True)


def opened(broker: OAuthKafka, **others: str) -> KafkaLog:
    variables = {
        "SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "SASL_MECHANISMS": "OAUTHBEARER",
        "SASL_OAUTHBEARER_METHOD": "oidc",
        "SASL_OAUTHBEARER_CLIENT_ID": CLIENT,
        "SASL_OAUTHBEARER_CLIENT_SECRET": SECRET,
        "SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL": broker.issuer.url,
    }
    return KafkaLog(Cluster.of(f"kafka://127.0.0.1:{broker.oauth}", variables | others))


def test_a_token_makes_the_round_trip(broker: OAuthKafka) -> None:
    log, topic = opened(broker), f"t-{uuid4().hex}"
    log.create_topics([topic])
    assert log.append(topic, [("alice", b"1")]) == 1
    (batch,) = log.drain(topic, max_records=10, max_bytes=1 << 20)
    log.commit(batch)
    assert log.lag(topic) == 0
    log.close()


WRONG = {
    "secret": {"SASL_OAUTHBEARER_CLIENT_SECRET": "wrong-secret"},
    "address": {"SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}/token"},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_token_that_is_not_issued_is_named_in_time(broker: OAuthKafka, case: str) -> None:
    log = opened(broker, **WRONG[case])
    refused(lambda: log.create_topics(["t"]), "no OAuth token was issued", "KAFKA_SASL_OAUTHBEARER")


def test_a_token_of_another_issuer_is_refused_in_time(
    broker: OAuthKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker.issuer, "key", Issuer().key)
    log = opened(broker)
    refused(lambda: log.create_topics(["t"]), "refuses the OAuth token", "KAFKA_SASL_OAUTHBEARER")
