"""Clients of librdkafka: connected, or a LogError that says within seconds why not.

librdkafka tries for ever and reports why it fails to a callback, which runs only while a client is
polled. So calls are short and repeated, and between them it is asked what was reported.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from spotifyweb.eventlog import kafka_errors, kafka_port
from spotifyweb.eventlog.base import LogError
from spotifyweb.eventlog.kafka_properties import Cluster, PropertiesInvalid, variable

CONNECT_SECONDS = 6.0  # three more go into looking at the port: the answer is there within ten
STEP_SECONDS = 2.0
COMMON: dict[str, str | int | float | bool] = {
    "log_level": 0,
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.max.ms": 2_000,
}
PROPERTY = re.compile(r'(?<=property: ")[^"]+|\b[a-z]+(?:\.[a-z]+)+\b')

Client = TypeVar("Client", Producer, Consumer, AdminClient)
Answer = TypeVar("Answer")


class Connector:
    """Makes clients of one cluster, and explains what they cannot do."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._reports: deque[KafkaError] = deque(maxlen=50)

    def make(self, kind: Callable[[dict[str, Any]], Client], options: dict[str, Any]) -> Client:
        """Return a client that has not connected yet. Raises PropertiesInvalid."""
        named = COMMON | options | dict(self.cluster.properties)
        named |= {"bootstrap.servers": self.cluster.bootstrap, "error_cb": self._reports.append}
        try:
            return kind(named)
        except KafkaException as error:
            raise self._invalid(error.args[0].str()) from None

    def connect(self, kind: Callable[[dict[str, Any]], Client], options: dict[str, Any]) -> Client:
        """Return a client that has reached the cluster. Raises LogError."""
        client = self.make(kind, options)
        with self.translate("reach Kafka"):
            self.ask(client, lambda seconds: client.list_topics(timeout=seconds), CONNECT_SECONDS)
        return client

    def ask(
        self,
        client: Producer | Consumer | AdminClient,
        call: Callable[[float], Answer],
        seconds: float,
    ) -> Answer:
        """Return the call's answer, asked again for at most that long while there is none.

        Raises KafkaException, at once for a refusal that no waiting changes.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                return call(min(STEP_SECONDS, seconds))
            except KafkaException as error:
                self._collect(client)
                is_over = time.monotonic() > deadline or any(
                    map(kafka_errors.is_final, self._reports)
                )
                if is_over or error.args[0].code() not in kafka_errors.VAGUE:
                    raise

    @contextmanager
    def translate(self, what: str) -> Iterator[None]:
        """Raise LogError for what Kafka raises in the block, with the reason and a hint."""
        self._reports.clear()
        try:
            yield
        except (KafkaException, SystemError) as error:
            cause = error if isinstance(error, KafkaException) else error.__cause__
            if not isinstance(cause, KafkaException):
                raise
            raise self.error(f"the event log could not {what}", cause.args[0]) from error

    def error(self, what: str, reason: KafkaError) -> LogError:
        """Return the error of what failed for that reason, and for what was reported before."""
        found = kafka_errors.diagnose([reason, *self._reports], describe_port=self._describe_port)
        words = self._words(reason)
        text = f"{what}: {found.sentence}" + (f" ({words})" if words != found.sentence else "")
        return LogError(self.cluster.redact(text), retry=found.retry, hint=found.hint)

    def _words(self, reason: KafkaError) -> str:
        """Return what Kafka said itself: the last report that tells more than the reason."""
        telling = [each for each in self._reports if each.code() not in kafka_errors.VAGUE]
        telling += [each for each in self._reports if each.code() == KafkaError._TRANSPORT]
        return (telling[0] if telling and reason.code() in kafka_errors.VAGUE else reason).str()

    def _describe_port(self, address: str) -> str:
        first = self.cluster.bootstrap.partition(",")[0]
        return kafka_port.describe(address or first, self.cluster.properties)

    def _collect(self, client: Producer | Consumer | AdminClient) -> None:
        """Run the callbacks of what was reported, and keep what a consumer would read as errors."""
        if not isinstance(client, Consumer):
            client.poll(0)
        elif not client.assignment():  # else this might return a record, and lose it
            while (message := client.poll(0)) is not None:
                if error := message.error():
                    self._reports.append(error)

    def _invalid(self, words: str) -> PropertiesInvalid:
        found = PROPERTY.findall(words)
        if not found and "SASL mechanism" in words:
            found = ["sasl.mechanisms"]
        names = ", ".join(map(variable, dict.fromkeys(found))) or "a KAFKA_ setting"
        return PropertiesInvalid(
            f"{names} cannot be used: {self.cluster.redact(words)}",
            "Each KAFKA_ variable is a property of librdkafka, whose CONFIGURATION.md lists them:"
            " KAFKA_SASL_USERNAME is sasl.username.",
        )


def verify(cluster: Cluster) -> None:
    """Let librdkafka check the properties, without a connection. Raises PropertiesInvalid."""
    Connector(cluster).make(AdminClient, {})
