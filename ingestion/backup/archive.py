"""One backup at its destination: named objects, and a manifest with the digest of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from django.conf import settings

from spotifyweb.lake import Lake, ObjectNotFound, open_lake

MANIFESTS = "backups/"
FORMAT = 1


class BackupError(Exception):
    """The backup or the restore cannot go on; the message says what to do."""


def open_destination(place: str) -> Lake:
    """Return where backups are kept: a folder, or s3://bucket/prefix with the lake's settings."""
    parts = urlsplit(place)
    if parts.scheme not in ("", "file", "s3"):
        raise BackupError(f"{place!r} is neither a folder nor s3://bucket/prefix")
    url = place if parts.scheme else f"file://{quote(str(Path(place).expanduser().absolute()))}"
    if f"{url.rstrip('/')}/".startswith(f"{settings.LAKE_URL.rstrip('/')}/"):
        raise BackupError(f"{place!r} lies in the lake itself: choose a place outside of it")
    return open_lake(
        url,
        endpoint=settings.AWS_ENDPOINT_URL,
        region=settings.AWS_REGION,
        encryption=settings.LAKE_ENCRYPTION,
    )


@dataclass(kw_only=True)
class Archive:
    """The objects of one backup."""

    store: Lake
    name: str
    objects: dict[str, str] = field(default_factory=dict)  # key -> SHA-256

    def put(self, key: str, data: bytes) -> None:
        self.store.put(f"{self.name}/{key}", data)
        self.objects[key] = sha256(data).hexdigest()

    def get(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises BackupError where the object is missing or is not what was written.
        """
        try:
            data = self.store.get(f"{self.name}/{key}")
        except ObjectNotFound:
            raise BackupError(f"{key} of the backup {self.name} is missing") from None
        if sha256(data).hexdigest() != self.objects[key]:
            raise BackupError(f"{key} of the backup {self.name} is damaged")
        return data

    def keys(self, prefix: str) -> Iterator[str]:
        return (key for key in sorted(self.objects) if key.startswith(prefix))

    def complete(self, **about: Any) -> None:
        """Write the manifest: from now on this is a backup."""
        body = {"format": FORMAT, **about, "objects": self.objects}
        self.store.put(manifest_key(self.name), orjson.dumps(body, option=orjson.OPT_INDENT_2))

    def delete(self) -> None:
        """Delete the backup, the manifest first: half a backup is none."""
        self.store.delete(manifest_key(self.name))
        for key in self.objects:
            self.store.delete(f"{self.name}/{key}")


def manifest_key(name: str) -> str:
    return f"{MANIFESTS}{name}.json"


def backup_names(store: Lake) -> list[str]:
    """Return the names of complete backups, the oldest first."""
    found = store.keys(MANIFESTS)
    return sorted(key.removeprefix(MANIFESTS).removesuffix(".json") for key in found)


def open_archive(store: Lake, name: str = "") -> tuple[Archive, dict[str, Any]]:
    """Return a backup, the newest by default, with its manifest.

    Raises BackupError where there is none, or where a newer version wrote it.
    """
    known = backup_names(store)
    if not known or (name and name not in known):
        missing = f"no backup {name}" if name else "no complete backup"
        raise BackupError(f"there is {missing} in {store.url}; known: {', '.join(known) or 'none'}")
    chosen = name or known[-1]
    manifest = orjson.loads(store.get(manifest_key(chosen)))
    if manifest["format"] > FORMAT:
        raise BackupError(f"{chosen} was made by a newer version: upgrade before you restore it")
    return Archive(store=store, name=chosen, objects=manifest.pop("objects")), manifest
