"""What a power cut leaves: files as they were at their last sync, names as at their folder's."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Disk:
    """A record of what was synced below `root` since it was made, by inode."""

    root: Path
    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)

    def sync(self) -> None:
        for parent, _, names in os.walk(self.root):
            for path in (Path(parent), *(Path(parent, name) for name in names)):
                descriptor = os.open(path, os.O_RDONLY)
                self.fsync(descriptor)
                os.close(descriptor)

    def fsync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            with os.scandir(descriptor) as entries:
                self.folders[status.st_ino] = {entry.name: entry.inode() for entry in entries}
        else:
            self.files[status.st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()

    def read(self, path: Path) -> bytes | None:
        """Return a file's bytes after a power cut: empty or none where they were not synced."""
        inode = self.folders.get(path.parent.stat().st_ino, {}).get(path.name)
        return None if inode is None else self.files.get(inode, b"")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    found = Disk(tmp_path)
    monkeypatch.setattr(os, "fsync", found.fsync)
    monkeypatch.setattr(os, "sync", found.sync)
    return found
