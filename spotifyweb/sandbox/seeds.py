"""Numbers and ids that come out the same for the same words, on every machine."""

import string
from hashlib import sha256
from random import Random

BASE62 = string.digits + string.ascii_lowercase + string.ascii_uppercase


def rng(*parts: object) -> Random:
    """Return a random generator seeded by these words."""
    return Random("|".join(map(str, parts)))  # noqa: S311 - invented music, no secrets


def number(*parts: object) -> int:
    """Return a 64-bit number hashed from these words."""
    return int.from_bytes(sha256("|".join(map(str, parts)).encode()).digest()[:8], "big")


def base62(*parts: object) -> str:
    """Return 22 characters of base 62 hashed from these words, the form of Spotify's ids."""
    value = int.from_bytes(sha256("|".join(map(str, parts)).encode()).digest()[:20], "big")
    digits = []
    for _ in range(22):
        value, digit = divmod(value, 62)
        digits.append(BASE62[digit])
    return "".join(digits)
