"""Reads the environment: every setting an installation may change, checked before anything starts."""

from __future__ import annotations

import datetime as dt
import secrets
import zoneinfo
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, ValidationError


def load(base_dir: Path) -> Env:
    """Return the environment, with `.env` in `base_dir` read in where it exists.

    Errors are collected while the settings are read and told together by `seal`.
    """
    env = Env(eager=False)
    env.read_env(base_dir / ".env", recurse=False)
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


def clock(value: str) -> None:
    """Refuse what is not a time of day like 08:00."""
    try:
        dt.time.fromisoformat(value)
    except ValueError as error:
        raise ValidationError(f"“{value}” is no time of day; write it like 08:00.") from error


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


def kept_secret(data_dir: Path) -> str:
    """Return the secret kept in `data_dir`, made with the first call and readable by its owner only."""
    path = data_dir / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    secret = secrets.token_urlsafe(50)
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:  # another process was quicker
        return path.read_text().strip() or kept_secret(data_dir)
    path.write_text(secret)
    return secret
