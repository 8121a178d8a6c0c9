"""A real Apache Kafka that asks who you are: TLS, PLAIN and SCRAM, and access lists."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from bench.harness.kafka import Kafka
from bench.harness.processes import free_port
from tests.engines.certificates import DAY, Authority

PASSWORD = "right-secret"
USERS = ("liner", "stranger", "without_create", "without_group", "without_write")
LISTENERS = ("SECURED", "SCRAM", "EXPIRED", "MISNAMED")
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
ssl.keystore.type=PEM
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
"""
TOPIC_RIGHTS = {
    "liner": ("CREATE", "READ", "WRITE", "DELETE"),
    "without_create": ("READ", "WRITE"),
    "without_group": ("READ", "WRITE"),
    "without_write": ("READ",),
}


@dataclass
class SecuredKafka(Kafka):
    """`port` is plain and for its administrator; each of `ports` is a listener with a fault."""

    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in LISTENERS})

    def __post_init__(self) -> None:
        self.authority = Authority(self.folder / "certificates", "authority")
        self.stranger = Authority(self.folder / "certificates", "another-authority")

    def server_properties(self) -> str:
        yesterday = datetime.now(UTC) - DAY
        keystores = {
            "SECURED": self.authority.sign("broker"),
            "SCRAM": self.authority.sign("scram"),
            "EXPIRED": self.authority.sign("expired", until=yesterday),
            "MISNAMED": self.authority.sign("misnamed", host="kafka.example.org"),
        }
        ports = {"PLAINTEXT": self.port, **self.ports}
        listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
        protocols = ",".join(f"{name}:SASL_SSL" for name in self.ports)
        lines = [
            PROPERTIES.format(controller=self.controller, folder=self.folder),
            f"listeners={listeners},CONTROLLER://127.0.0.1:{self.controller}",
            f"advertised.listeners={listeners}",
            f"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,{protocols}",
            *(f"{_prefix(name)}.ssl.keystore.location={path}" for name, path in keystores.items()),
            *(_logins(name) for name in self.ports),
        ]
        return "\n".join(lines)

    def admit(self, prefix: str, group: str) -> None:
        """Give the users their SCRAM passwords, and their rights on topics of that prefix."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        scram, secret = UserScramCredentialUpsertion, PASSWORD.encode()
        asked: list[Any] = [scram(user, info, secret) for user in USERS]
        for done in admin.alter_user_scram_credentials(asked).values():
            done.result(30)
        rights = [
            _allow(user, ResourceType.TOPIC, prefix, operation, is_prefix=True)
            for user, operations in TOPIC_RIGHTS.items()
            for operation in operations
        ]
        rights += [
            _allow(user, ResourceType.GROUP, group, "READ", is_prefix=False)
            for user in ("liner", "without_create", "without_write")
        ]
        for made in admin.create_acls(rights).values():
            made.result(30)


def _prefix(listener: str) -> str:
    return f"listener.name.{listener.lower()}"


def _logins(listener: str) -> str:
    """Return the configuration of the listener's two mechanisms."""
    users = " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
    modules = "org.apache.kafka.common.security"
    return (
        f"{_prefix(listener)}.plain.sasl.jaas.config={modules}.plain.PlainLoginModule"
        f" required {users};\n"
        f"{_prefix(listener)}.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule"
        " required;"
    )


def _allow(
    user: str, kind: ResourceType, name: str, operation: str, *, is_prefix: bool
) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if is_prefix else ResourcePatternType.LITERAL
    allowed = AclPermissionType.ALLOW
    return AclBinding(kind, name, pattern, f"User:{user}", "*", AclOperation[operation], allowed)
