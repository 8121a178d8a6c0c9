"""The protocol of a lake, on disk or on S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class LakeError(Exception):
    """The lake did not do what was asked; `retry` says whether trying again can help.

    `hint` says what a person can do, where that is known.
    """

    def __init__(self, message: str, *, retry: bool = True, hint: str = "") -> None:
        super().__init__(message)
        self.retry = retry
        self.hint = hint


class ObjectNotFound(LakeError):
    """There is no object with that key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the lake has no {key}", retry=False)


class Lake(Protocol):
    @property
    def url(self) -> str:
        """Return the address, file:///… or s3://bucket/prefix, without a slash at the end."""

    def put(self, key: str, data: bytes) -> None:
        """Write the whole object or nothing; when this returns it is durable and was verified."""

    def get(self, key: str) -> bytes:
        """Return an object's bytes. Raises ObjectNotFound."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys with that prefix, in order."""

    def delete(self, key: str) -> None:
        """Delete an object. Safe to repeat."""

    def size(self, key: str) -> int:
        """Return an object's bytes as a number. Raises ObjectNotFound."""


class FileLake(Lake, Protocol):
    """A lake that also takes files of any size: uploads, and ledgers of imports."""

    def put_file(self, key: str, path: Path) -> None:
        """Write a file's content as an object, as `put` does, without reading it into memory.

        The file does not change afterwards: the object may share its place on the disk.
        """

    def get_file(self, key: str, path: Path) -> None:
        """Copy an object into a file. Raises ObjectNotFound."""
