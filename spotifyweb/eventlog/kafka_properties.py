"""The Kafka cluster of the settings: its hosts, librdkafka's properties by name, topics and group.

KAFKA_SASL_USERNAME is librdkafka's property sasl.username, and so is every other variable of that
prefix (docs/adr/0044). librdkafka itself checks names and values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from spotifyweb.eventlog.base import LogError

PREFIX = "KAFKA_"
# Kubernetes gives each container the addresses of services, whatever they are called: kafka, too.
# Kafka's own scripts read the others.
OF_OTHERS = re.compile(r"(^|\.)(service\.(host|port.*)|port(\.\d+\.(tcp|udp).*)?|opts)$|^home$")
SECRET = re.compile(r"password|secret|\.pem$|oauthbearer\.config|assertion")
FIXED = {  # the log sets these itself, to the first: with others events are lost or counted twice
    "enable.auto.commit": ("false",),
    "enable.auto.offset.store": ("false",),
    "auto.offset.reset": ("error",),
    "enable.partition.eof": ("true",),
    "enable.idempotence": ("true",),
    "acks": ("all", "-1"),
    "request.required.acks": ("all", "-1"),
    "partitioner": ("murmur2_random",),
    "transactional.id": (),
    "delivery.report.only.error": ("true",),
}
MAX_SHARED_DAYS = 4  # Spotify's terms want personal data deleted within five
CHECKS = {
    "enable.ssl.certificate.verification": "false",
    "ssl.endpoint.identification.algorithm": "none",
}


class PropertiesInvalid(LogError):
    """The settings describe no cluster that can be used; the hint says what to set."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, retry=False, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    bootstrap: str  # host:port, or several of them with commas
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    topic_prefix: str = ""
    partitions: int = 3
    replication: int = 0  # 0: three, or as many as there are brokers
    retention_days: int = 30  # a sink that stands still for longer loses events
    group: str = "sink"
    is_shared: bool = False  # other systems read the topics

    @classmethod
    def of(cls, url: str, variables: Mapping[str, str], **topics: Any) -> "Cluster":
        """Return the cluster of EVENT_LOG_URL and the KAFKA_ variables, named without the prefix.

        Raises PropertiesInvalid.
        """
        named = {name.lower().replace("_", "."): value for name, value in variables.items()}
        named = {name: value for name, value in named.items() if not OF_OTHERS.search(name)}
        servers = hosts(named.pop("bootstrap.servers", ""))
        bootstrap = _bootstrap(url)
        if servers and servers != bootstrap:
            raise PropertiesInvalid(
                f"EVENT_LOG_URL names {bootstrap}, and KAFKA_BOOTSTRAP_SERVERS names {servers}",
                "Set one of them, or both to the same hosts.",
            )
        _refuse(named)
        named = {name: value for name, value in named.items() if name not in FIXED}
        cluster = cls(bootstrap=bootstrap, properties=named, **topics)
        if cluster.is_shared and cluster.retention_days > MAX_SHARED_DAYS:
            raise PropertiesInvalid(
                f"EVENT_LOG_RETENTION_DAYS is {cluster.retention_days}, and others read the topics:"
                " an erasure could not keep Spotify's five days",
                f"Set EVENT_LOG_RETENTION_DAYS to at most {MAX_SHARED_DAYS}.",
            )
        return cluster

    @property
    def protocol(self) -> str:
        return self.properties.get("security.protocol", "plaintext").upper()

    def topic(self, name: str) -> str:
        """Return the topic's name at the broker."""
        return f"{self.topic_prefix}{name}"

    def days(self, topic: str) -> int:
        """Return how long the topic's records are kept; the lake keeps dead letters too."""
        is_short = topic.endswith("_dlq")
        return min(self.retention_days, MAX_SHARED_DAYS) if is_short else self.retention_days

    def redact(self, text: str) -> str:
        """Return the text without the values of secret properties."""
        secrets = [value for name, value in self.properties.items() if SECRET.search(name)]
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


def hosts(servers: str) -> str:
    """Return host:port, or several, without the protocols that some consoles put before them."""
    return re.sub(r"\w+://|\s", "", servers)


def variable(name: str) -> str:
    """Return the variable of a property: KAFKA_SASL_USERNAME is that of sasl.username."""
    return PREFIX + name.upper().replace(".", "_")


def _bootstrap(url: str) -> str:
    """Return the hosts of the address. Raises PropertiesInvalid."""
    address = urlsplit(url)
    if "@" in address.netloc:
        raise PropertiesInvalid(
            "EVENT_LOG_URL of Kafka has a user or a password, which do not belong there",
            "Write kafka://host:9092, and set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.",
        )
    is_bare = not (address.path.strip("/") or address.query or address.fragment)
    named = address.netloc.split(",")
    if not (is_bare and all(re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:]+):\d+", host) for host in named)):
        raise PropertiesInvalid(
            "EVENT_LOG_URL of Kafka is more, or less, than its hosts with their ports",
            "Write kafka://host:9092 or kafka://host-1:9092,host-2:9092.",
        )
    return address.netloc


def _refuse(properties: Mapping[str, str]) -> None:
    """Raise PropertiesInvalid for values that lose events, Java's settings, and weaker checks."""
    if "group.id" in properties:
        raise PropertiesInvalid("KAFKA_GROUP_ID is not used", "Set EVENT_LOG_GROUP.")
    if "sasl.jaas.config" in properties:
        raise PropertiesInvalid(
            "KAFKA_SASL_JAAS_CONFIG is a setting of Java's client",
            "Set KAFKA_SASL_MECHANISMS, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.",
        )
    for name, values in FIXED.items():
        if (value := properties.get(name, "").strip().lower()) and value not in values:
            raise PropertiesInvalid(
                f"{variable(name)}={value} cannot be set: events would be lost or doubled",
                f"Remove it, or set it to {values[0]}." if values else "Remove it.",
            )
    for name, value in CHECKS.items():
        if properties.get(name, "").lower() == value:
            raise PropertiesInvalid(
                f"{variable(name)}={value} would let anybody answer in the broker's place",
                "Remove it, and set KAFKA_SSL_CA_LOCATION to the certificate of your authority.",
            )
