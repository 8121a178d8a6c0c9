"""The Terraform files, which nobody has run: parsed, formatted, with the policies of deploy/aws."""

import re
import shutil
import subprocess

import pytest

from tests.deploy import compose

FOLDER = compose.ROOT / "deploy" / "terraform"
FILES = sorted(FOLDER.rglob("*.tf"))


def test_they_are_formatted_as_terraform_does() -> None:
    if shutil.which("terraform") is None:
        pytest.skip("no Terraform on this machine")
    command = ["terraform", "fmt", "-check", "-recursive", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_they_can_be_parsed() -> None:
    if shutil.which("hcl2tojson") is None:
        pytest.skip("no python-hcl2: `make check-deploy` has it")
    for path in FILES:
        subprocess.run(["hcl2tojson", str(path)], check=True, capture_output=True)


def test_the_policies_are_those_of_deploy_aws() -> None:
    lake = (FOLDER / "aws" / "lake.tf").read_text()
    for name in re.findall(r"policies}/([\w.-]+)", lake):
        assert (compose.ROOT / "deploy" / "aws" / name).exists()
    assert re.findall(r"policies}/([\w.-]+)", lake) == ["lake-policy.json", "lifecycle.json"]


def test_costs_are_told_at_ten_twenty_and_fifty_dollars() -> None:
    assert "for_each = [10, 20, 50]" in (FOLDER / "aws" / "budget.tf").read_text()


def test_every_variable_is_used_and_declared() -> None:
    for folder in (FOLDER / "aws", FOLDER / "snowflake"):
        text = "".join(path.read_text() for path in sorted(folder.glob("*.tf")))
        declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
        assert set(re.findall(r"\bvar\.(\w+)", text)) == declared
        resources = set(re.findall(r'^(?:resource|data) "(\w+)" "(\w+)"', text, re.MULTILINE))
        used = set(re.findall(r"\b((?:aws|snowflake)_\w+)\.(\w+)", text))
        assert used <= resources
