"""`make run-full`: the containers of the profile `full` as processes of this machine.

What they run, and with which variables, is read from docker-compose.yml and the Dockerfile; the
engines are those of `make test-full`. Everything lies in a folder that ends with it.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from bench.harness import kafka
from bench.harness.processes import free_port, start_valkey
from spotifyweb import env
from spotifyweb.devserver import environment
from spotifyweb.devserver.supervisor import Service, Supervisor
from tests.deploy import compose, image
from tests.engines import postgres, s3
from tests.engines.conftest import JARS

PASSWORD = "p@ss/w:rd?#"  # as any that somebody may write into .env
INNER = "--inner"
OF_THE_IMAGE = {"STATIC_ROOT", "WEB_HOST", "SANDBOX_HOST"}  # here their defaults suit


@contextmanager
def engines(folder: Path) -> Iterator[dict[str, str]]:
    """Start Postgres, Valkey, Kafka and S3; yields what `.env` would say of them."""
    with ExitStack() as stack:
        database = postgres.Postgres(folder=folder / "postgres")
        database.start()
        stack.callback(database.stop)
        require_password(database)
        broker = kafka.Kafka(folder=folder / "kafka", libs=JARS)
        broker.fetch()
        broker.format()
        broker.start()
        stack.callback(broker.stop, kill=True)
        lake = s3.SeaweedFS(folder=folder / "s3")
        lake.start()
        stack.callback(lake.stop)
        (folder / "valkey").mkdir()
        port = free_port()
        valkey = start_valkey(folder / "valkey", port)
        stack.callback(valkey.kill)
        yield {
            "DATABASE_URL": f"postgres://liner@127.0.0.1:{database.port}/liner",
            "POSTGRES_PASSWORD": PASSWORD,
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "EVENT_LOG_URL": f"kafka://{broker.bootstrap}",
            **lake.environment,
        }


def require_password(database: postgres.Postgres) -> None:
    """Make the database and the user of docker-compose.yml, who has to give the password."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("set password_encryption = 'scram-sha-256'")
        connection.execute(f"create role liner login password '{PASSWORD}'")
        connection.execute("create database liner owner liner")
        rules = database.data / "pg_hba.conf"
        rules.write_text(f"host all liner 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        connection.execute("select pg_reload_conf()")


def processes(folder: Path, variables: dict[str, str]) -> dict[str, list[str]]:
    """Set the variables of the containers, and return what each of them runs, by name."""
    ports = {"8000": os.environ.get("WEB_PORT", "8000"), "0.0.0.0": "127.0.0.1"}
    ports["8089"] = os.environ.get("SANDBOX_PORT", "8089")
    variables = variables | {"SANDBOX_URL": f"http://127.0.0.1:{ports['8089']}"}
    found: dict[str, list[str]] = {}
    for each in compose.containers("full", os.environ | variables):
        if each.is_ours:
            words = each.command or image.command("CMD")
            found[each.name] = [sys.executable, *(ports.get(word, word) for word in words[1:])]
            names = each.environment.keys() - OF_THE_IMAGE
            inside = {k: each.environment[k].replace("/data", f"{folder}/data") for k in names}
            os.environ |= variables | inside
    return found


def run() -> int:
    """Start everything and return the exit code when all has ended after a stop signal."""
    env.load_env_file(compose.ROOT / ".env")
    os.environ.setdefault("SECRET_KEY", "only-for-run-full")
    os.environ.setdefault("TOKEN_KEYS", Fernet.generate_key().decode())
    with tempfile.TemporaryDirectory(prefix="full-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # Postgres runs as a user of its own
        with engines(folder) as variables, environment.watchdog() as watchdog:
            commands = processes(folder, variables)
            subprocess.run(commands.pop("prepare"), check=True)
            environment.print_line(f"Starting {', '.join(commands)}. Ctrl-C ends everything.")
            services = [Service(name=each, command=words) for each, words in commands.items()]
            return Supervisor(services, watchdog=watchdog).run()


def main() -> int:
    """Run in a session of its own: Ctrl-C must not reach the engines before the processes."""
    if lacking := kafka.missing_tools() or ("" if postgres.binaries() else "postgresql"):
        environment.print_line(f"[bold red]Cannot start.[/] This machine lacks {lacking}.")
        return 1
    inner = subprocess.Popen([sys.executable, "-m", __spec__.name, INNER], start_new_session=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: inner.terminate())
    return inner.wait()


if __name__ == "__main__":
    sys.exit(run() if INNER in sys.argv else main())
