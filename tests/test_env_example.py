"""`.env.example` names every setting, and each of its lines works as it stands."""

import os
import re
import runpy
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured

from spotifyweb import env

ROOT = Path(__file__).parents[1]
LINES = re.findall(r"^# ([A-Z][A-Z0-9_]*=.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
NAMES = [line.partition("=")[0] for line in LINES]

GENERATED = {"TOKEN_KEY"}  # the name in keys.env of the key that stands in for TOKEN_KEYS
READ_BY_BOTO3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
READ_BY_UVICORN = {"FORWARDED_ALLOW_IPS"}
READ_BY_LIBRDKAFKA = {name for name in NAMES if name.startswith("KAFKA_")}
READERS = (
    *(env.text, env.choice, env.flag, env.integer, env.number, env.rate, env.words, env.url),
    env.stored_secret,
)


class Recorder(dict[str, str]):
    """An environment that remembers which variables were read."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of an install with nothing but its settings, in an empty environment."""
    (tmp_path / "spotifyweb/settings").mkdir(parents=True)
    shutil.copy(ROOT / "spotifyweb/settings/__init__.py", tmp_path / "spotifyweb/settings")
    monkeypatch.chdir(tmp_path)
    with mock.patch.dict(os.environ, clear=True):
        yield tmp_path


def settings_with(folder: Path, *lines: str) -> dict[str, Any]:
    """Return the settings of an install whose `.env` has these lines."""
    (folder / ".env").write_text("\n".join(lines))
    with mock.patch.dict(os.environ):
        module = runpy.run_path(str(folder / "spotifyweb/settings/__init__.py"))
    return {name: value for name, value in module.items() if name.isupper()}


def test_each_line_can_be_uncommented_and_is_the_default(folder: Path) -> None:
    defaults = settings_with(folder)
    for line in LINES:
        assert settings_with(folder, line) == defaults, line


def test_all_lines_can_be_uncommented_together(folder: Path) -> None:
    assert settings_with(folder, *LINES) == settings_with(folder)


def test_no_setting_is_missing_and_none_is_out_of_date(folder: Path) -> None:
    recorder = Recorder()
    with ExitStack() as patches:
        for reader in READERS:
            patches.enter_context(mock.patch.dict(reader.__kwdefaults__, environ=recorder))
        settings_with(folder)
    variables = re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text())
    compose = {"COMPOSE_PROFILES", *variables}
    assert recorder.names - GENERATED - set(NAMES) == set()
    others = READ_BY_BOTO3 | READ_BY_UVICORN | READ_BY_LIBRDKAFKA | compose
    assert set(NAMES) - recorder.names - others == set()
    assert compose - set(NAMES) == set()
    assert len(NAMES) == len(set(NAMES))


def test_it_is_read_as_docker_compose_reads_it(folder: Path) -> None:
    lines = ["export WEB_PORT=8124 # the first free one", "SITE_NAME='Us # \\n $HOME'", "WEB_HOST="]
    lines += ["nonsense", "# WEB_PORT=9", 'ALERT_URLS="json://a#b,json://c"', "LAKE_URL=s3://b#c"]
    (folder / ".env").write_text("\n".join(lines))
    with mock.patch.dict(os.environ, {"LAKE_URL": "file:///already"}):
        env.load_env_file(folder / ".env")
        read = {name: os.environ[name] for name in ("WEB_PORT", "SITE_NAME", "WEB_HOST")}
        assert read == {"WEB_PORT": "8124", "SITE_NAME": "Us # \\n $HOME", "WEB_HOST": ""}
        assert os.environ["ALERT_URLS"] == "json://a#b,json://c"
        assert os.environ["LAKE_URL"] == "file:///already"


def test_no_file_is_an_empty_one(folder: Path) -> None:
    with mock.patch.dict(os.environ):
        before = dict(os.environ)
        env.load_env_file(folder / "absent.env")
        assert dict(os.environ) == before


def test_another_file_is_read_in_place_of_it(folder: Path) -> None:
    other = folder / "company.env"
    other.write_text("WEB_PORT=8123\n")
    with mock.patch.dict(os.environ, {"ENV_FILE": str(other)}):
        found = settings_with(folder, "WEB_HOST=0.0.0.0")
        assert (found["WEB_PORT"], found["WEB_HOST"]) == (8123, "127.0.0.1")
    with (
        mock.patch.dict(os.environ, {"ENV_FILE": "company.typo"}),
        pytest.raises(ImproperlyConfigured, match=r"ENV_FILE='company.typo' .* no such file"),
    ):
        settings_with(folder)
