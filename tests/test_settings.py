"""What the settings themselves do, in a process of their own."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client


def test_a_new_data_folder_is_its_owner_s_alone(tmp_path: Path) -> None:
    place = tmp_path / "var"
    subprocess.run(
        [sys.executable, "-c", "import spotifyweb.settings"],
        env=os.environ | {"DATA_DIR": str(place)},
        umask=0o022,
        check=True,
    )
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "keys.env").stat().st_mode) == 0o600


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_a_stranger_is_not_told_of_the_api(client: Client, path: str) -> None:
    assert client.get(path).status_code in (302, 401)
