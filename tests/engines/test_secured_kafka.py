"""A Kafka with TLS, logins and access lists: what is right works, what is wrong is told in time."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bench.harness import kafka
from bench.harness.processes import free_port
from spotifyweb.eventlog import LogError
from spotifyweb.eventlog.kafka import KafkaLog
from spotifyweb.eventlog.kafka_properties import Cluster
from tests.engines.conftest import JARS
from tests.engines.secured_kafka import PASSWORD, SecuredKafka

pytestmark = pytest.mark.engines
PREFIX, GROUP = "liner.", "liner-sink"

Open = Callable[..., KafkaLog]


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[SecuredKafka]:
    if lacking := kafka.missing_tools():
        pytest.skip(f"no real Kafka on this machine: it lacks {lacking}")
    secured = SecuredKafka(folder=folder / "secured-kafka", libs=JARS)
    secured.fetch()
    secured.format()
    secured.start()
    secured.admit(PREFIX, GROUP)
    yield secured
    secured.stop(kill=True)


@pytest.fixture
def open_log(broker: SecuredKafka) -> Iterator[Open]:
    """Return a function that opens a log with the variables of a client that is well, or others."""
    opened: list[KafkaLog] = []

    def log(url: str = "", **variables: str) -> KafkaLog:
        right = {
            "SECURITY_PROTOCOL": "SASL_SSL",
            "SASL_MECHANISMS": "PLAIN",
            "SASL_USERNAME": "liner",
            "SASL_PASSWORD": PASSWORD,
            "SSL_CA_LOCATION": str(broker.authority.file),
        }
        url = url or f"kafka://127.0.0.1:{broker.ports['SECURED']}"
        given = {name: value for name, value in (right | variables).items() if value}
        cluster = Cluster.of(url, given, topic_prefix=PREFIX, group=GROUP)
        opened.append(KafkaLog(cluster))
        return opened[-1]

    yield log
    for each in opened:
        each.close()


@pytest.fixture
def topic(open_log: Open) -> str:
    name = f"t-{uuid4().hex}"
    open_log().create_topics([name])
    return name


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_a_client_that_is_well_makes_the_round_trip(
    open_log: Open, topic: str, mechanism: str
) -> None:
    log = open_log(SASL_MECHANISMS=mechanism)
    assert log.append(topic, [("alice", b"1"), ("alice", b"2")]) == 2
    assert log.lag(topic) == 2
    (batch,) = log.drain(topic, max_records=10, max_bytes=1 << 20)
    assert (batch.topic, list(batch.values)) == (topic, [b"1", b"2"])
    log.commit(batch)
    assert open_log(SASL_MECHANISMS=mechanism).lag(topic) == 0


def test_several_hosts_are_tried(open_log: Open, broker: SecuredKafka, topic: str) -> None:
    url = f"kafka://127.0.0.1:{free_port()},127.0.0.1:{broker.ports['SECURED']}"
    assert open_log(url).lag(topic) == 0


def test_the_five_values_of_confluent_cloud_are_enough(broker: SecuredKafka, topic: str) -> None:
    """Its certificates are public; ours need one line more."""
    pasted = {
        "BOOTSTRAP_SERVERS": f"127.0.0.1:{broker.ports['SECURED']}",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISMS": "PLAIN",
        "SASL_USERNAME": "liner",
        "SASL_PASSWORD": PASSWORD,
        "SSL_CA_LOCATION": str(broker.authority.file),
    }
    url = f"kafka://{pasted['BOOTSTRAP_SERVERS']}"
    log = KafkaLog(Cluster.of(url, pasted, topic_prefix=PREFIX, group=GROUP))
    assert log.lag(topic) == 0
    log.close()


WRONG = {
    "password": ({"SASL_PASSWORD": "wrong-secret"}, "user or the password", "SASL_PASSWORD"),
    "user": ({"SASL_USERNAME": "nobody"}, "user or the password", "SASL_USERNAME"),
    "scram password": (
        {"SASL_MECHANISMS": "SCRAM-SHA-512", "SASL_PASSWORD": "wrong-secret"},
        "user or the password",
        "SASL_PASSWORD",
    ),
    "mechanism": ({"SASL_MECHANISMS": "SCRAM-SHA-256"}, "mechanism", "PLAIN,SCRAM-SHA-512"),
    "authority": ({"SSL_CA_LOCATION": "ANOTHER"}, "authority that is unknown", "SSL_CA_LOCATION"),
    "no authority": ({"SSL_CA_LOCATION": ""}, "authority that is unknown", "SSL_CA_LOCATION"),
    "no TLS": ({"SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "speaks TLS", "SECURITY_PROTOCOL"),
    "no TLS, no login": ({"SECURITY_PROTOCOL": "PLAINTEXT"}, "speaks TLS", "SECURITY_PROTOCOL"),
    "no login": ({"SECURITY_PROTOCOL": "SSL"}, "closes the connection", "SECURITY_PROTOCOL"),
}
WRONG_PORT = {
    "EXPIRED": ("certificate has expired", "renew it"),
    "MISNAMED": ("another host name", "EVENT_LOG_URL"),
    "SCRAM": ("mechanism", "SCRAM-SHA-512"),
    "PLAINTEXT": ("speaks no TLS", "EVENT_LOG_URL"),
    "CLOSED": ("nothing answers at the port", "EVENT_LOG_URL"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_named_in_time(
    open_log: Open, broker: SecuredKafka, topic: str, case: str
) -> None:
    variables, sentence, cure = WRONG[case]
    variables = {
        name: str(broker.stranger.file) if value == "ANOTHER" else value
        for name, value in variables.items()
    }
    refused(lambda: open_log(**variables).lag(topic), sentence, cure)


@pytest.mark.parametrize("listener", WRONG_PORT)
def test_a_wrong_port_is_named_in_time(
    open_log: Open, broker: SecuredKafka, topic: str, listener: str
) -> None:
    ports = {**broker.ports, "PLAINTEXT": broker.port, "CLOSED": free_port()}
    log = open_log(f"kafka://127.0.0.1:{ports[listener]}")
    refused(lambda: log.append(topic, [("alice", b"1")]), *WRONG_PORT[listener])


def test_an_unknown_host_is_named_in_time(open_log: Open) -> None:
    log = open_log("kafka://no-such-host.invalid:9092")
    refused(lambda: log.create_topics(["t"]), "host in EVENT_LOG_URL is unknown", "EVENT_LOG_URL")


def test_missing_rights_are_named_in_time(open_log: Open, topic: str) -> None:
    record = [("alice", b"1")]
    stranger = open_log(SASL_USERNAME="stranger")
    refused(lambda: stranger.lag(topic), "no right to do this with this topic", "ACL")
    refused(lambda: stranger.append(topic, record), "no right", "ACL")
    refused(lambda: stranger.create_topics([topic]), "no right to do this with this topic", "ACL")
    reader = open_log(SASL_USERNAME="without_group")
    refused(lambda: reader.lag(topic), "group in EVENT_LOG_GROUP", "READ")
    writer = open_log(SASL_USERNAME="without_write")
    refused(lambda: writer.append(topic, record), "no right to write", "WRITE")


def test_topics_that_exist_need_no_right_to_create(open_log: Open, topic: str) -> None:
    log = open_log(SASL_USERNAME="without_create")
    log.create_topics([topic])
    assert log.append(topic, [("alice", b"1")]) == 1 and log.lag(topic) == 1
    refused(lambda: log.create_topics(["new"]), "no right to do this with this topic", "ACL")


def refused(action: Callable[[], object], sentence: str, cure: str) -> None:
    began = time.monotonic()
    with pytest.raises(LogError) as caught:
        action()
    assert time.monotonic() - began < 10
    told = f"{caught.value} -> {caught.value.hint}"
    print(f"{time.monotonic() - began:.1f} s {told}")  # noqa: T201 -- `-s` shows them
    assert sentence in str(caught.value) and cure in caught.value.hint
    assert PASSWORD not in told and "wrong-secret" not in told
