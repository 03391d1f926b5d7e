"""Passwords: argon2id with the library's current parameters, and the same work for an unknown address as for a known one."""

from __future__ import annotations

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from api.errors import Invalid

MINIMUM_LENGTH = 12
_hasher = PasswordHasher()


def generate_password() -> str:
    """A password of 120 random bits that can be read aloud in groups of five."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(5))


def hash_password(password: str) -> str:
    """The argon2id hash to store. Raises `Invalid` for a password of fewer than 12 or more than 256 characters."""
    if not MINIMUM_LENGTH <= len(password) <= 256:
        raise Invalid(
            f"A password needs {MINIMUM_LENGTH} to 256 characters.",
            code="password_weak",
            values={"limit": MINIMUM_LENGTH},
        )
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one hashed in `stored`. None costs the same time as a real hash, and is False."""
    try:
        return _hasher.verify(stored or _nobody(), password[:1024]) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


@functools.cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
