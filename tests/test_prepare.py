"""`manage.py prepare`: several hosts at once, and a power cut in its middle."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from spotifyweb.management.commands import prepare
from spotifyweb.management.commands.prepare import collect_static, preparation_lock
from tests.support.disk import Disk


@pytest.mark.django_db(transaction=True)
def test_a_second_preparation_waits_for_the_first() -> None:
    order: list[str] = []

    def wait() -> None:
        with preparation_lock():
            order.append("second")

    second = threading.Thread(target=wait)
    with preparation_lock():
        second.start()
        time.sleep(0.2)
        order.append("first")
    second.join(timeout=10)
    assert order == ["first", "second"]


STYLE = "body { color: black }"
MANIFEST_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"


@pytest.fixture
def static(tmp_path: Path, settings: Any) -> Path:
    """Return the folder of the static files, of which there is one."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "liner.css").write_text(STYLE)
    settings.STORAGES = {"staticfiles": {"BACKEND": MANIFEST_STORAGE}}
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [sources], tmp_path / "static"
    return tmp_path / "static"


def empty_files(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        path.write_bytes(b"")


def test_static_files_that_a_power_cut_emptied_are_collected_anew(
    static: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Manifest and files are empty then, and newer than what they were copied from."""

    def cut(*command: Any, **options: Any) -> None:
        call_command(*command, **options)
        raise SystemExit

    monkeypatch.setattr(prepare, "call_command", cut)
    with pytest.raises(SystemExit):
        collect_static()
    monkeypatch.undo()
    empty_files(static)
    collect_static()
    assert (static / "liner.css").read_text() == STYLE
    assert "liner.css" in (static / "staticfiles.json").read_text()


def test_static_files_are_on_disk_before_they_count_as_complete(static: Path, disk: Disk) -> None:
    collect_static()
    assert disk.read(static.with_name("static.complete")) is None
    assert disk.read(static / "liner.css") == STYLE.encode()
    disk.sync()
    collect_static()
    assert disk.read(static.with_name("static.complete")) is None
