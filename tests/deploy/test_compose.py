"""The compose file: its profiles, what `.env` changes in them, and Docker's own opinion of it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from spotifyweb.settings import base
from tests.deploy import compose, image

ENGINES = {"postgres", "valkey", "kafka", "s3"}
PROCESSES = {"prepare", "web", "worker", "transform", "now", "beat"}
ENV_EXAMPLE = (compose.ROOT / ".env.example").read_text()
FROM_ENV = {
    "DATABASE_URL": "postgres://u@db:5432/liner",
    "REDIS_URL": "rediss://cache:6380/0",
    "EVENT_LOG_URL": "kafka://broker:9093",
    "LAKE_URL": "s3://bucket/prefix",
    "AWS_ENDPOINT_URL": "",
    "WAREHOUSE_URL": "snowflake://LINER@account/LINER",
    "SANDBOX_URL": "http://elsewhere:8089",
}


def compose_binary() -> list[str]:
    """Return the command of Docker Compose 2; skips where there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version"], capture_output=True, check=False)
            if done.returncode == 0:
                return command
    pytest.skip("no Docker Compose on this machine")


def names(profile: str, **environment: str) -> set[str]:
    return {each.name for each in compose.containers(profile, environment)}


def test_profiles_start_what_their_names_say() -> None:
    assert names("embedded") == {"embedded"}
    assert names("full") == PROCESSES | ENGINES | {"sandbox"}
    assert names("snowflake") == PROCESSES | {"postgres", "valkey", "sandbox"}


def test_with_credentials_no_sandbox_starts() -> None:
    assert "sandbox" not in names("full", SPOTIFY_CLIENT_ID="an-id")


def test_each_address_can_stand_in_env() -> None:
    for container in compose.containers("full", FROM_ENV):
        if container.is_ours:
            assert FROM_ENV.items() <= container.environment.items(), container.name


@pytest.mark.parametrize("profile", compose.PROFILES)
def test_env_takes_nothing_from_the_image_that_it_needs(profile: str) -> None:
    """WEB_HOST=127.0.0.1 in `.env`, its default elsewhere, made a site that nobody could reach."""
    fixed = dict(
        word.split("=", 1)
        for name, arguments in image.instructions()
        for word in arguments.split()
        if name == "ENV" and re.search(rf"^# {word.split('=')[0]}=", ENV_EXAMPLE, re.MULTILINE)
    )
    assert {"DATA_DIR", "STATIC_ROOT", "WEB_HOST", "SANDBOX_HOST"} == set(fixed)
    for each in compose.containers(profile, {}):
        assert not each.is_ours or fixed.items() <= each.environment.items(), each.name


@pytest.mark.parametrize("profile", compose.PROFILES)
def test_each_port_may_be_another(profile: str) -> None:
    found = compose.containers(profile, {"WEB_PORT": "9000", "SANDBOX_PORT": "9089"})
    ports = {port for each in found for port in each.ports}
    assert ports == {"127.0.0.1:9000:8000", "127.0.0.1:9089:9089"}


def test_the_hosts_of_a_pasted_kafka_snippet_are_used() -> None:
    web = next(
        each
        for each in compose.containers("full", {"KAFKA_BOOTSTRAP_SERVERS": "pkc-1:9092"})
        if each.name == "web"
    )
    assert web.environment["EVENT_LOG_URL"] == "kafka://pkc-1:9092"


def test_the_workers_take_every_queue_once() -> None:
    commands = [each.command for each in compose.containers("full", {})]
    taken = [line[line.index("-Q") + 1] for line in commands if "-Q" in line]
    assert sorted(",".join(taken).split(",")) == sorted(base.TASK_QUEUES)


def test_what_others_built_is_pinned_by_version_and_digest() -> None:
    lines = (compose.ROOT / "Dockerfile").read_text() + compose.FILE.read_text()
    pinned = re.compile(r"[\w/]+:\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}")
    images = re.findall(r"^FROM (\S+)", lines, re.MULTILINE)
    images += [each.image for each in compose.containers("full", {}) if not each.is_ours]
    assert len(images) == 6
    assert [image for image in images if not pinned.fullmatch(image)] == []


def test_each_service_has_limits() -> None:
    services = yaml.safe_load(compose.FILE.read_text())["services"]
    for name, service in services.items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name


def test_a_worker_is_healthy_only_by_its_own_answer() -> None:
    for each in compose.containers("full", {}):
        if "-n" in each.command:
            name = each.command[each.command.index("-n") + 1].removesuffix("@%h")
            assert each.health[1:] == ["python", "spotifyweb/celery/liveness.py", name]


@pytest.mark.parametrize("profile", compose.PROFILES)
@pytest.mark.parametrize("environment", [{}, FROM_ENV | {"SPOTIFY_CLIENT_ID": "an-id"}])
def test_docker_compose_reads_the_same(
    profile: str, environment: dict[str, str], tmp_path: Path
) -> None:
    command = [*compose_binary(), "-f", str(compose.FILE), "--project-directory", str(tmp_path)]
    done = subprocess.run(
        [*command, "--profile", profile, "config", "--format", "json"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    services: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    ours = {each.name: each for each in compose.containers(profile, environment)}
    assert set(services) == set(ours)
    for name, service in services.items():
        # `config` prints what can be read again: dollar signs doubled
        assert (service.get("command") or []) == ours[name].command
        assert ours[name].environment.items() <= service.get("environment", {}).items()
        assert (service.get("healthcheck", {}).get("test") or []) == [
            word.replace("$", "$$") for word in ours[name].health
        ]
