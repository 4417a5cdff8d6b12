"""Passwords of the broker's users: generated once, kept in one file of mode 600, hashed for Mosquitto."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from shared.broker.access import ADMIN
from shared.errors import BrokerError

_ITERATIONS = 101
"""What mosquitto_passwd uses; the passwords are random and long, so that guessing is no danger."""
_HASH_BYTES = 64
_SALT_BYTES = 12


def load_credentials(file: Path) -> dict[str, str]:
    """Passwords by user; none where the file is not there. Raises BrokerError where it can't be read."""
    try:
        found = json.loads(file.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise BrokerError(f"{file} can't be read ({error}): restore it, or remove it to get new passwords") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BrokerError(f"{file} holds no passwords: restore it, or remove it to get new ones")
    return found


def ensure_credentials(file: Path, users: Iterable[str]) -> dict[str, str]:
    """Passwords by user, with new ones for users that had none."""
    known = load_credentials(file)
    missing = [user for user in users if user not in known]
    if missing:
        known |= {user: secrets.token_urlsafe(24) for user in missing}
        write_private(file, json.dumps(known, indent=2) + "\n")
    return known


def password_file(credentials: Mapping[str, str]) -> str:
    """The text of Mosquitto's `password_file` (PBKDF2 with SHA-512, as mosquitto_passwd writes it)."""
    return "".join(f"{user}:{_hashed(password)}\n" for user, password in credentials.items())


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, _HASH_BYTES)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def write_secrets(folder: Path, credentials: Mapping[str, str], workers: Collection[str]) -> None:
    """Write each worker's password alone into a folder of its own, and all others into the folder of the admin.

    `query/password` is what a container of `query` gets to see; `admin/password`, and `admin/<user>.password` for the
    people's other users. Files of mode 400; one that says the same already is left alone.
    """
    for user, password in credentials.items():
        alone = user in workers or user == ADMIN
        file = folder / user / "password" if alone else folder / ADMIN / f"{user}.password"
        text = f"{password}\n"
        if not (file.exists() and file.read_text() == text):
            write_private(file, text, mode=0o400)


def write_private(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file that only its owner reads, at once or not at all. Raises BrokerError where that can't be."""
    try:
        _write(file, text, mode)
    except OSError as error:
        raise BrokerError(
            f"{file} can't be written ({error.strerror}): check its disk, and this user's rights in its folder"
        ) from None


def _write(file: Path, text: str, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
