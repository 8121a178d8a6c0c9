"""What docker-compose.yml says, with the variables of an environment put in.

Only the part of the format that our file uses: `$$`, `${A}`, and `${A-b}`, `${A:-b}`, `${A:+b}`,
also within each other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
INNERMOST = re.compile(r"\$\{(\w+)(?:(:?[-+])([^{}]*))?\}")
PROFILES = ("embedded", "full", "snowflake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A service: what it runs, with which variables; no command where the image's own is meant."""

    name: str
    image: str
    command: list[str]
    environment: dict[str, str]
    is_ours: bool
    health: list[str]
    ports: list[str]


def containers(profile: str, environment: Mapping[str, str]) -> list[Container]:
    """Return the containers that `docker compose --profile NAME up` would start."""
    content = _interpolated(yaml.safe_load(FILE.read_text()), environment)
    services: dict[str, dict[str, Any]] = content["services"]
    return [
        Container(
            name=name,
            image=service["image"],
            command=service.get("command", []),
            environment={k: str(v) for k, v in service.get("environment", {}).items()},
            is_ours="build" in service,
            health=service.get("healthcheck", {}).get("test", []),
            ports=service.get("ports", []),
        )
        for name, service in services.items()
        if profile in service["profiles"]
    ]


def _interpolated(content: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(content, dict):
        return {key: _interpolated(value, environment) for key, value in content.items()}
    if isinstance(content, list):
        return [_interpolated(each, environment) for each in content]
    return interpolate(content, environment) if isinstance(content, str) else content


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """Replace variables from the inside out; `$$` is one dollar sign."""

    def value(match: re.Match[str]) -> str:
        name, operator, word = match.groups()
        is_set = name in environment if operator == "-" else bool(environment.get(name))
        if operator == ":+":
            return word if is_set else ""
        return environment.get(name, "") if is_set else word or ""

    while INNERMOST.search(text):
        text = INNERMOST.sub(value, text)
    return text.replace("$$", "$")
