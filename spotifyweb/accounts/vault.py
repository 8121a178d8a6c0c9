"""Spotify's tokens at rest: encrypted with the first of TOKEN_KEYS, decrypted with any of them."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class LostKey(Exception):
    """None of TOKEN_KEYS opens this: the key was lost, so the listener has to log in again."""


def vault(keys: Sequence[str] | None = None) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys or settings.TOKEN_KEYS])


def seal(text: str) -> bytes:
    return vault().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    try:
        return vault().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise LostKey("a stored Spotify token cannot be decrypted with TOKEN_KEYS") from None


def reseal(sealed: bytes | memoryview) -> bytes:
    """The same secret under the first key."""
    try:
        return vault().rotate(bytes(sealed))
    except InvalidToken:
        raise LostKey("a stored Spotify token cannot be decrypted with TOKEN_KEYS") from None
