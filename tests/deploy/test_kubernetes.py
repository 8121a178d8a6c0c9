"""The manifests: built by kubectl, held to Kubernetes' schema, and the compose file's commands."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from spotifyweb import env
from tests.deploy import compose

FOLDER = compose.ROOT / "deploy" / "kubernetes"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl on this machine")
    done = subprocess.run(["kubectl", "kustomize", FOLDER], check=True, capture_output=True)
    path = tmp_path_factory.mktemp("kubernetes") / "manifests.yaml"
    path.write_bytes(done.stdout)
    return path


def pods(built: Path) -> dict[str, dict[str, Any]]:
    """Return the pod of each deployment and job, by name."""
    found = [each for each in yaml.safe_load_all(built.read_text()) if "spec" in each]
    return {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]
        for each in found
        if each["kind"] in {"Deployment", "Job"}
    }


def test_kubernetes_would_take_them(built: Path) -> None:
    if shutil.which("kubernetes-validate") is None:
        pytest.skip("no kubernetes-validate: `make check-deploy` has it")
    command = ["kubernetes-validate", "--strict", str(built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_of_compose_runs_with_the_same_command(built: Path) -> None:
    containers = {each.name: each for each in compose.containers("snowflake", {})}
    found = {name: pod["containers"][0].get("command", []) for name, pod in pods(built).items()}
    ours = {name: each.command for name, each in containers.items() if each.is_ours}
    assert found == {name: command for name, command in ours.items() if name != "sandbox"}


def test_no_pod_has_roots_rights_or_the_variables_of_services(built: Path) -> None:
    for name, pod in pods(built).items():
        assert pod["securityContext"]["runAsUser"] == 10001, name
        assert pod["enableServiceLinks"] is False, name  # they would be settings of librdkafka
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"], name


def test_each_setting_is_one_of_ours(built: Path) -> None:
    documents = list(yaml.safe_load_all(built.read_text()))
    (settings,) = [each["data"] for each in documents if each["kind"] == "ConfigMap"]
    known = (compose.ROOT / ".env.example").read_text()
    assert [name for name in settings if f"# {name}=" not in known] == []
    assert not [name for name in settings if env.SECRET.search(name)]
