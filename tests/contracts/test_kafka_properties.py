"""Kafka's properties by name: what is pasted is understood, what cannot be used is named."""

import pytest

from spotifyweb.eventlog.kafka_client import verify
from spotifyweb.eventlog.kafka_properties import Cluster, PropertiesInvalid


def test_properties_are_named_as_variables() -> None:
    pasted = {
        "BOOTSTRAP_SERVERS": "SASL_SSL://pkc-1.eu.confluent.cloud:9092",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISMS": "PLAIN",
        "SASL_USERNAME": "KEY",
        "SASL_PASSWORD": "s3cr3t",
        "SESSION_TIMEOUT_MS": "45000",
        "ACKS": "all",  # as the log sets them itself
        "ENABLE_IDEMPOTENCE": "True",
        "SERVICE_HOST": "10.0.0.7",  # Kubernetes, for a service called kafka
        "PORT": "tcp://10.0.0.7:9092",
        "PORT_9092_TCP_ADDR": "10.0.0.7",
        "HOME": "/opt/kafka",  # Kafka's own scripts
        "HEAP_OPTS": "-Xmx1G",
    }
    cluster = Cluster.of("kafka://pkc-1.eu.confluent.cloud:9092", pasted, topic_prefix="liner.")
    assert cluster.properties == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "PLAIN",
        "sasl.username": "KEY",
        "sasl.password": "s3cr3t",
        "session.timeout.ms": "45000",
    }
    assert cluster.topic("plays") == "liner.plays" and "s3cr3t" not in repr(cluster)
    verify(cluster)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"NO_SUCH": "x"}, "KAFKA_NO_SUCH cannot be used: No such configuration property"),
        ({"SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL cannot be used"),
        ({"SSL_CA_LOCATION": "/nowhere.pem", "SECURITY_PROTOCOL": "SSL"}, "KAFKA_SSL_CA_LOCATION"),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISMS": "PLAIN"}, "KAFKA_SASL_USERNAME"),
        ({"SASL_PASSWORD": "x", "GROUP_ID": "g"}, "KAFKA_GROUP_ID"),
        ({"SASL_JAAS_CONFIG": "…PlainLoginModule required …;"}, "KAFKA_SASL_JAAS_CONFIG is"),
        ({"RETRYS": "3"}, "KAFKA_RETRYS cannot be used"),
        (
            {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISMS": "AWS_MSK_IAM"},
            "KAFKA_SASL_MECHANISMS cannot be used",
        ),
        ({"ENABLE_AUTO_COMMIT": "true"}, "KAFKA_ENABLE_AUTO_COMMIT"),
        ({"ACKS": "1"}, "KAFKA_ACKS=1 cannot be set"),
        ({"TRANSACTIONAL_ID": "liner"}, "KAFKA_TRANSACTIONAL_ID=liner cannot be set"),
        ({"ENABLE_SSL_CERTIFICATE_VERIFICATION": "false"}, "anybody answer"),
        ({"SSL_ENDPOINT_IDENTIFICATION_ALGORITHM": "none"}, "anybody answer"),
        ({"BOOTSTRAP_SERVERS": "other:9092"}, "KAFKA_BOOTSTRAP_SERVERS names other:9092"),
    ],
)
def test_a_property_that_cannot_be_used_is_named(variables: dict[str, str], named: str) -> None:
    with pytest.raises(PropertiesInvalid, match=named) as caught:
        verify(Cluster.of("kafka://a:9092", variables))
    assert caught.value.hint and not caught.value.retry


def test_a_topic_that_others_read_keeps_spotify_s_five_days() -> None:
    with pytest.raises(PropertiesInvalid, match="EVENT_LOG_RETENTION_DAYS is 30") as caught:
        Cluster.of("kafka://a:9092", {}, is_shared=True)
    assert "at most 4" in caught.value.hint
    cluster = Cluster.of("kafka://a:9092", {}, is_shared=True, retention_days=4)
    assert (cluster.days("user_plays"), Cluster(bootstrap="a").days("user_plays")) == (4, 30)
    assert Cluster(bootstrap="a").days("user_plays_dlq") == 4


@pytest.mark.parametrize(
    "url",
    ["kafka://me:s3cr3t@a:9092", "kafka://a", "kafka://a:9092/topic", "kafka://a:9092,b", "kafka:"],
)
def test_an_address_is_hosts_with_ports_and_nothing_else(url: str) -> None:
    with pytest.raises(PropertiesInvalid, match="EVENT_LOG_URL") as caught:
        Cluster.of(url, {})
    assert "s3cr3t" not in f"{caught.value} {caught.value.hint}"
