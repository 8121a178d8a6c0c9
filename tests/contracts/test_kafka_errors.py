"""What Kafka's client reports, as people met it, becomes a sentence with setting and cure.

The words are those of the real broker in tests/engines/test_secured_kafka.py, and of public issues
of librdkafka and of confluent-kafka-python, -go and -dotnet, whose numbers stand beside them.
"""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from confluent_kafka import KafkaError

from spotifyweb.eventlog import kafka_errors, kafka_port
from spotifyweb.eventlog.kafka_client import Connector
from spotifyweb.eventlog.kafka_properties import Cluster

HOST = "sasl_ssl://kafka.example.org:9092/bootstrap: "
UNVERIFIED = (
    "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker"
    " certificate could not be verified, verify that ssl.ca.location is correctly configured or"
    " root CA certificates are installed (install ca-certificates package) (after 16ms in state"
    " SSL_HANDSHAKE)"
)
AUTHENTICATION, SSL = KafkaError._AUTHENTICATION, KafkaError._SSL
TRANSPORT, RESOLVE = KafkaError._TRANSPORT, KafkaError._RESOLVE
REPORTS = [  # code, words, what the sentence says, what the cure names, whether it may pass
    (
        AUTHENTICATION,  # confluent-kafka-python 1398
        HOST + "SASL authentication error: Authentication failed (after 5170ms in state AUTH_REQ)",
        "refuses the user or the password",
        "KAFKA_SASL_PASSWORD",
        False,
    ),
    (
        AUTHENTICATION,
        HOST + "SASL authentication error: Authentication failed during authentication due to"
        " invalid credentials with SASL mechanism SCRAM-SHA-512 (after 317ms in state AUTH_REQ)",
        "refuses the user or the password",
        "KAFKA_SASL_USERNAME",
        False,
    ),
    (
        AUTHENTICATION,
        HOST + "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's"
        " supported mechanisms: SCRAM-SHA-512 (after 304ms in state AUTH_HANDSHAKE)",
        "does not support this SASL mechanism",
        "KAFKA_SASL_MECHANISMS to one of those it supports: SCRAM-SHA-512",
        False,
    ),
    (
        AUTHENTICATION,
        "sasl_plaintext://127.0.0.1:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker:"
        " Request not valid in current SASL state: broker's supported mechanisms:  (after 2ms in"
        " state AUTH_HANDSHAKE)",
        "takes no login",
        "KAFKA_SECURITY_PROTOCOL",
        False,
    ),
    (
        AUTHENTICATION,  # confluent-kafka-dotnet 2284: now and then, and then it goes on
        HOST + "SASL OAUTHBEARER mechanism handshake failed: Local: Broker transport failure:"
        " broker's supported mechanisms: (n/a) (after 0ms in state DOWN)",
        "closed the connection during the login",
        "the broker's log",
        True,
    ),
    (
        AUTHENTICATION,  # librdkafka 5003
        HOST + "SASL authentication error: SaslAuthenticateRequest failed: Local: Broker handle"
        " destroyed",
        "closed the connection during the login",
        "the broker's log",
        True,
    ),
    (
        AUTHENTICATION,
        HOST + 'SASL authentication error: {"status":"invalid_token"} (after 304ms in state'
        " AUTH_REQ)",
        "refuses the OAuth token",
        "KAFKA_SASL_OAUTHBEARER_",
        True,
    ),
    (
        AUTHENTICATION,  # librdkafka 4761
        "Failed to acquire SASL OAUTHBEARER token: SSL certificate problem: unable to get local"
        " issuer certificate",
        "no OAuth token was issued",
        "KAFKA_SASL_OAUTHBEARER_",
        True,
    ),
    (
        SSL,  # librdkafka 2637
        HOST + "Failed to verify broker certificate: certificate has expired (after 14ms in state"
        " CONNECT)",
        "certificate has expired",
        "renew it",
        False,
    ),
    (
        SSL,  # librdkafka 1404
        HOST + "Failed to verify broker certificate: self signed certificate in certificate chain",
        "authority that is unknown here",
        "KAFKA_SSL_CA_LOCATION",
        False,
    ),
    (
        SSL,  # librdkafka 2253
        HOST + "Failed to verify broker certificate: unable to get local issuer certificate",
        "authority that is unknown here",
        "KAFKA_SSL_CA_LOCATION",
        False,
    ),
    (SSL, HOST + UNVERIFIED, "authority that is unknown", "KAFKA_SSL_CA_LOCATION", False),
    (
        TRANSPORT,  # confluent-kafka-python 1308
        HOST + "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?"
        " (after 0ms in state SSL_HANDSHAKE)",
        "speaks no TLS",
        "EVENT_LOG_URL",
        True,
    ),
    (
        TRANSPORT,
        "a.example.org:9093/bootstrap: Disconnected while requesting ApiVersion: might be caused"
        " by incorrect security.protocol configuration (connecting to a SSL listener?) or broker"
        " version is < 0.10",
        "speaks TLS",
        "KAFKA_SECURITY_PROTOCOL=SASL_SSL",
        True,
    ),
    (
        RESOLVE,  # confluent-kafka-python 452
        "kafka:9092/bootstrap: Failed to resolve 'kafka:9092': Address not available",
        "host in EVENT_LOG_URL is unknown",
        "EVENT_LOG_URL",
        True,
    ),
    (
        RESOLVE,  # confluent-kafka-go 70 and kcat 69: the broker of a container
        "1cbfdb9e8dc6:9092/0: Failed to resolve '1cbfdb9e8dc6:9092': Name or service not known",
        "names itself 1cbfdb9e8dc6:9092",
        "advertised.listeners",
        True,
    ),
    (
        TRANSPORT,
        HOST
        + "Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
        "nothing answers at the port in EVENT_LOG_URL",
        "EVENT_LOG_URL",
        True,
    ),
    (
        TRANSPORT,
        "localhost:29092/1: Connect to ipv4#127.0.0.1:29092 failed: Connection refused",
        "names itself localhost:29092",
        "advertised.listeners",
        True,
    ),
    (KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down", "no broker answers", "firewalls", True),
    (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        "Broker: Topic authorization failed",
        "no right to do this with this topic",
        "ACL",
        False,
    ),
    (
        KafkaError.GROUP_AUTHORIZATION_FAILED,  # confluent-kafka-python 250
        "FindCoordinator response error: Not authorized to access group: Group authorization"
        " failed.",
        "group in EVENT_LOG_GROUP",
        "READ",
        False,
    ),
    (
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        "Failed to acquire idempotence PID from broker: Broker: Cluster authorization failed",
        "no right to write",
        "WRITE",
        False,
    ),
    (
        KafkaError.INVALID_REPLICATION_FACTOR,
        "The target replication factor of 3 cannot be reached because only 1 broker(s) are"
        " registered.",
        "number of replicas",
        "EVENT_LOG_REPLICATION",
        False,
    ),
]


@pytest.mark.parametrize(("code", "words", "sentence", "cure", "retry"), REPORTS)
def test_a_report_becomes_a_sentence(
    code: int, words: str, sentence: str, cure: str, retry: bool
) -> None:
    vague = KafkaError(TRANSPORT, "Failed to get metadata: Local: Broker transport failure")
    found = kafka_errors.diagnose(
        [vague, KafkaError(code, words)], describe_port=lambda address: ""
    )
    assert sentence in found.sentence and cure in found.hint
    assert found.retry is retry


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        ("certificate has expired", "certificate has expired"),
        ("IP address mismatch, certificate is not valid for '127.0.0.1'", "another host name"),
        ("Hostname mismatch, certificate is not valid for 'a.b'", "another host name"),
        ("self-signed certificate in certificate chain", "authority that is unknown"),
        ("unable to get local issuer certificate", "authority that is unknown"),
    ],
)
def test_why_a_certificate_is_refused_is_seen_at_the_port(seen: str, sentence: str) -> None:
    asked: list[str] = []

    def describe_port(address: str) -> str:
        asked.append(address)
        return seen

    found = kafka_errors.diagnose([KafkaError(SSL, HOST + UNVERIFIED)], describe_port=describe_port)
    assert sentence in found.sentence and not found.retry
    assert asked == ["kafka.example.org:9092"]


def test_other_errors_of_the_broker_are_told_as_they_are() -> None:
    error = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE, "Broker: Message size too large")
    found = kafka_errors.diagnose([error], describe_port=lambda address: pytest.fail("asked"))
    assert found.sentence == "Broker: Message size too large" and found.retry


@pytest.fixture
def closing_port() -> Iterator[int]:
    """A server that closes each connection after its first bytes, as a broker does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    ("protocol", "seen"),
    [("SASL_SSL", "it speaks no TLS"), ("SASL_PLAINTEXT", "it closes the connection")],
)
def test_a_port_that_closes_the_connection(closing_port: int, protocol: str, seen: str) -> None:
    address = f"127.0.0.1:{closing_port}"
    assert kafka_port.describe(address, {"security.protocol": protocol}) == seen


def test_a_secret_in_kafkas_words_is_not_told() -> None:
    cluster = Cluster(bootstrap="a:9092", properties={"sasl.password": "s3cr3t"})
    reason = KafkaError(KafkaError.INVALID_CONFIG, "refused: s3cr3t")
    assert "s3cr3t" not in str(Connector(cluster).error("it failed", reason))
