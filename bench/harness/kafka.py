"""A real Apache Kafka (KRaft, one node) from its Maven artifacts; needs Java 17 and Maven."""

import base64
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from bench.harness.processes import PATIENCE_SECONDS, free_port

POM = Path(__file__).with_name("kafka_pom.xml")
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


def missing_tools() -> str:
    """Return the tools that Kafka needs and this machine lacks, as text; "" if none."""
    return ", ".join(tool for tool in ("java", "mvn") if shutil.which(tool) is None)


def cluster_id() -> str:
    """Return sixteen random bytes in URL-safe base64 that do not begin as an option, with "-"."""
    first = secrets.randbelow(0xF8).to_bytes(1, "big")  # 62 and 63 are the signs "-" and "_"
    return base64.urlsafe_b64encode(first + secrets.token_bytes(15)).decode().rstrip("=")


@dataclass
class Kafka:
    folder: Path
    libs: Path
    port: int = field(default_factory=free_port)
    controller: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def fetch(self) -> None:
        """Download the broker's jars, once per checkout."""
        if not any(self.libs.glob("kafka_*.jar")):
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
            where = f"-DoutputDirectory={self.libs}"
            subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal, where], check=True)

    def server_properties(self) -> str:
        """Return the broker's configuration."""
        return PROPERTIES.format(port=self.port, controller=self.controller, folder=self.folder)

    def format(self) -> None:
        """Make an empty log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(self.server_properties())
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(self.properties)]
        subprocess.run([*self.java, *tool], check=True, capture_output=True)

    def start(self) -> None:
        command = [*self.java, "kafka.Kafka", str(self.properties)]
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 2 * PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}).list_topics(
                    timeout=2
                )
                return
            except KafkaException:
                time.sleep(0.2)
        raise RuntimeError(
            f"Kafka did not answer on {self.bootstrap}: see {self.folder}/broker.log"
        )

    def stop(self, *, kill: bool = False) -> None:
        if self.process:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def java(self) -> list[str]:
        return ["java", "-Xmx512m", "-cp", f"{self.libs}/*"]
