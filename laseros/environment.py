"""Reads the environment: every setting an installation may change, checked before the start."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, ValidationError


def load(base_dir: Path) -> Env:
    """Return the environment, with `.env` in `base_dir`, or ENV_FILE, read in where it exists.

    Errors are collected while the settings are read and told together by `seal`.
    """
    env = Env(eager=False)
    env.read_env(os.environ.get("ENV_FILE") or base_dir / ".env", recurse=False)
    return env


def seal(env: Env) -> None:
    """Raise ImproperlyConfigured with one sentence naming each wrong variable, if there is one."""
    try:
        env.seal()
    except EnvError as error:
        problems = getattr(error, "error_messages", None) or {"environment": [str(error)]}
        told = "; ".join(f"{name}: {' '.join(map(str, said))}" for name, said in problems.items())
        raise ImproperlyConfigured(
            f"{told} Correct it in the environment or in .env; the README lists every setting."
        ) from error


def one_of(*words: str) -> Callable[[str], None]:
    """Return the check that refuses every word but these."""

    def check(value: str) -> None:
        if value not in words:
            raise ValidationError(f"“{value}” is none of {', '.join(words)}.")

    return check


def token(value: str) -> None:
    """Refuse a secret that could be guessed, or not be sent in a header; none is no secret."""
    if value and not re.fullmatch("[!-~]{20,}", value):
        raise ValidationError("It must be at least 20 random characters, without spaces.")


def positive(value: int) -> None:
    """Refuse numbers below one."""
    if value < 1:
        raise ValidationError("The number must be at least 1.")


def not_negative(value: int) -> None:
    """Refuse numbers below nought."""
    if value < 0:
        raise ValidationError("The number must not be negative.")


def port(value: int) -> None:
    """Refuse what is no TCP port."""
    if not 1 <= value <= 65535:
        raise ValidationError("A port is a number from 1 to 65535.")


def time_zone(value: str) -> None:
    """Refuse what is not in the time zone database."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"“{value}” is no time zone; write it like Africa/Johannesburg.")


def currency(value: str) -> None:
    """Refuse what is not three capital letters, as in ISO 4217."""
    if not re.fullmatch("[A-Z]{3}", value):
        raise ValidationError(f"“{value}” is no currency; write its three letters, like EUR.")


def origins(values: list[str]) -> None:
    """Refuse what is not scheme://host[:port]; `*` too, for origins must be named."""
    for value in values:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            raise ValidationError(
                f"“{value}” is no origin; write it like https://phone.example.com."
            )


def hosts(values: list[str]) -> None:
    """Refuse a bare `*`: the names the server answers to must be named."""
    if "*" in values:
        raise ValidationError("Name the hosts; a bare * would answer to any name.")


def database_url(value: str) -> None:
    """Refuse what names neither PostgreSQL nor an SQLite file. Never repeats the password."""
    if value:
        database(value, Path())


def database(url: str, default_file: Path) -> dict[str, Any]:
    """Return Django's description of the database at `url`; none means SQLite in `default_file`."""
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default_file)}
    written = (
        "It must be written like postgres://user:password@host:5432/name or sqlite:////folder/file."
    )
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, KeyError) as error:
        raise ValidationError(written) from error
    kind = str(found["ENGINE"]).removeprefix("django.db.backends.")
    if kind not in {"postgresql", "sqlite3"} or found["NAME"] in {"", ":memory:"}:
        raise ValidationError(written)
    return found


def data_folder(path: Path) -> Path:
    """Return `path`, made if need be, with room for the database and the files in it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"the folder LASEROS_DATA={path} cannot be made ({error.strerror})."
        ) from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"the folder LASEROS_DATA={path} cannot be written to.")
    return path


def kept_secret(data_dir: Path) -> str:
    """Return the secret kept in `data_dir`; the first call makes it, readable by its owner only."""
    path = data_dir / "secret_key"
    if not path.exists():
        # Written whole under another name first: a killed or a second process must not leave half.
        draft = path.with_name(f"secret_key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process was quicker
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
