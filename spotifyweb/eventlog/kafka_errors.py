"""What librdkafka reports, as a sentence that names the setting and what to do.

The words are those of librdkafka 2.16 with Kafka 4.1, of older versions as people quote them in the
issues of librdkafka, and of OpenSSL. tests/contracts/test_kafka_errors.py has one of each.
"""

import re
from collections.abc import Callable, Iterable

from confluent_kafka import KafkaError

from spotifyweb.diagnosis import Diagnosis

RIGHTS = "docs/SETUP.md lists the rights that Liner needs"
ADDRESS = re.compile(r"(?:^|://)(\[?[\w.:-]+?\]?:\d+)/")
# Errors that only say that there is no connection; why there is none was reported before them.
VAGUE = {
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._WAIT_COORD,
    KafkaError._MSG_TIMED_OUT,
    KafkaError._PURGE_QUEUE,
}


WORDS: dict[str, Diagnosis] = {  # in the words of the report; the first that is found counts
    r"(handshake|SaslAuthenticateRequest) failed: Local: ": Diagnosis(
        sentence="the broker closed the connection during the login",
        hint="it comes again by itself; if it stays, look at the broker's log",
        retry=True,
    ),
    r"supported mechanisms: *(\(after|$)": Diagnosis(
        sentence="the broker takes no login at this port",
        hint="set KAFKA_SECURITY_PROTOCOL to PLAINTEXT or SSL, or name the port with SASL in"
        " EVENT_LOG_URL",
    ),
    r"supported mechanisms: (?P<found>[\w,-]+)": Diagnosis(
        sentence="the broker does not support this SASL mechanism",
        hint="set KAFKA_SASL_MECHANISMS to one of those it supports: {found}",
    ),
    r"acquire SASL OAUTHBEARER token": Diagnosis(
        sentence="no OAuth token was issued for Kafka",
        hint="look at the settings that begin with KAFKA_SASL_OAUTHBEARER_",
        retry=True,
    ),
    r"SASL authentication error: \{.*invalid_token": Diagnosis(  # RFC 7628
        sentence="Kafka refuses the OAuth token",
        hint="look at the settings that begin with KAFKA_SASL_OAUTHBEARER_, at the issuer, keys and"
        " audience that the broker expects, and at this machine's clock",
        retry=True,  # until it knows a key that is new
    ),
    r"SASL authentication (error|failure)|Authentication failed": Diagnosis(
        sentence="Kafka refuses the user or the password",
        hint="correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD (at Confluent Cloud: key and"
        " secret of an API key of this very cluster)",
    ),
    r"certificate has expired": Diagnosis(
        sentence="the broker's certificate has expired",
        hint="renew it at the broker; look at this machine's clock, too",
    ),
    r"[Hh]ostname mismatch|IP address mismatch": Diagnosis(
        sentence="the broker's certificate is for another host name",
        hint="write the name that stands in the certificate in EVENT_LOG_URL, and in the broker's"
        " advertised.listeners",
    ),
    r"certificate verify failed|verify broker certificate|certificate in certificate chain"
    r"|local issuer": Diagnosis(
        sentence="the broker's certificate is signed by an authority that is unknown here",
        hint="set KAFKA_SSL_CA_LOCATION to that authority's certificate (PEM)",
    ),
    r"connecting to a PLAINTEXT broker|speaks no TLS": Diagnosis(
        sentence="the port in EVENT_LOG_URL speaks no TLS",
        hint="name the broker's TLS port in EVENT_LOG_URL, or set KAFKA_SECURITY_PROTOCOL to"
        " SASL_PLAINTEXT or PLAINTEXT if it has none",
        retry=True,  # a broker that starts or stops closes connections, too
    ),
    r"speaks TLS|connecting to a SSL listener": Diagnosis(
        sentence="the port in EVENT_LOG_URL speaks TLS",
        hint="set KAFKA_SECURITY_PROTOCOL=SASL_SSL, or SSL if the broker asks for no login",
        retry=True,
    ),
    r"closes the connection|might require SASL authentication": Diagnosis(
        sentence="the broker closes the connection, as it does where it expects a login",
        hint="set KAFKA_SECURITY_PROTOCOL=SASL_SSL (SASL_PLAINTEXT without TLS) with"
        " KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, or KAFKA_SSL_CERTIFICATE_LOCATION",
        retry=True,
    ),
    r"/bootstrap: Failed to resolve": Diagnosis(
        sentence="the host in EVENT_LOG_URL is unknown",
        hint="correct the name in EVENT_LOG_URL; look at DNS",
        retry=True,
    ),
    r"Failed to resolve '(?P<found>[^']+)'": Diagnosis(
        sentence="the broker names itself {found}, a host that is unknown here",
        hint="set advertised.listeners at the broker to a name that this machine can resolve",
        retry=True,
    ),
    r"/bootstrap: Connect to .* refused": Diagnosis(
        sentence="nothing answers at the port in EVENT_LOG_URL",
        hint="correct host and port in EVENT_LOG_URL, and look whether the broker runs",
        retry=True,
    ),
    r"(?P<found>[^/]+)/\d+: Connect to .* refused": Diagnosis(
        sentence="the broker names itself {found}, where nothing answers",
        hint="look whether all brokers run, and set advertised.listeners at the broker to an"
        " address that this machine can reach",
        retry=True,
    ),
}
CODES: dict[int, Diagnosis] = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: Diagnosis(
        sentence="KAFKA_SASL_USERNAME has no right to do this with this topic",
        hint=f"allow it with an ACL at the broker: {RIGHTS}",
    ),
    KafkaError.GROUP_AUTHORIZATION_FAILED: Diagnosis(
        sentence="KAFKA_SASL_USERNAME has no right to read with the group in EVENT_LOG_GROUP",
        hint=f"allow READ on that group with an ACL at the broker: {RIGHTS}",
    ),
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: Diagnosis(
        sentence="KAFKA_SASL_USERNAME has no right to write",
        hint="allow WRITE on the topics with an ACL at the broker (before Kafka 3: also"
        f" IDEMPOTENT_WRITE on the cluster): {RIGHTS}",
    ),
    KafkaError.INVALID_REPLICATION_FACTOR: Diagnosis(
        sentence="the cluster does not take this number of replicas",
        hint="set EVENT_LOG_REPLICATION to at most the number of its brokers",
    ),
    KafkaError.POLICY_VIOLATION: Diagnosis(
        sentence="the cluster's policy forbids such a topic",
        hint="set EVENT_LOG_REPLICATION, EVENT_LOG_PARTITIONS and EVENT_LOG_RETENTION_DAYS as the"
        " policy wants",
    ),
    KafkaError.UNKNOWN_TOPIC_OR_PART: Diagnosis(
        sentence="the topic does not exist, or KAFKA_SASL_USERNAME may not see it",
        hint="run: manage.py prepare; EVENT_LOG_TOPIC_PREFIX is part of each topic's name",
    ),
}
OTHERWISE = Diagnosis(
    sentence="no broker answers",
    hint="look at EVENT_LOG_URL, at firewalls, and whether the broker runs",
    retry=True,
)


def diagnose(errors: Iterable[KafkaError], *, describe_port: Callable[[str], str]) -> Diagnosis:
    """Return what the errors mean, the most telling of them.

    `describe_port` is asked where they leave it open: it returns in words what answers there.
    """
    reported = list(errors)
    for error in reported:
        if found := _of_code(error) or (None if _is_open(error) else _of_words(error.str())):
            return found
    is_connected = all(error.code() not in VAGUE | {KafkaError._SSL} for error in reported)
    if is_connected:
        return Diagnosis(sentence=reported[0].str(), hint="", retry=not reported[0].fatal())
    texts = [error.str() for error in reported]
    address = ADDRESS.search(" ".join(texts))
    seen = describe_port(address.group(1) if address else "")
    return _of_words(seen) or next(filter(None, map(_of_words, texts)), OTHERWISE)


def is_final(error: KafkaError) -> bool:
    """Return whether waiting for a connection is useless: a login or a right was refused."""
    is_refusal = error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL)
    found = _of_code(error) or (_of_words(error.str()) if is_refusal else None)
    return found is not None and not found.retry


def _of_code(error: KafkaError) -> Diagnosis | None:
    return CODES.get(error.code())


def _is_open(error: KafkaError) -> bool:
    """Return whether the words hide the reason: to librdkafka all certificates fail alike."""
    return "certificate verify failed" in error.str()


def _of_words(text: str) -> Diagnosis | None:
    for pattern, diagnosis in WORDS.items():
        if match := re.search(pattern, text):
            named = {name: found or "" for name, found in match.groupdict().items()}
            return Diagnosis(
                sentence=diagnosis.sentence.format(**named),
                hint=diagnosis.hint.format(**named),
                retry=diagnosis.retry,
            )
    return None
