"""Where a filled database is kept: one for each scale, made anew when the schema changes."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

BASE = Path(__file__).resolve().parent.parent
FILLED_BY = ("rows.py", "fill.py", "bulk.py")


def say(text: str = "") -> None:
    """Print a line now."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def version() -> str:
    """Return what tells whether a kept database is still the one that would be filled today."""
    digest = hashlib.blake2b(digest_size=8)
    files = sorted(BASE.glob("*_app/migrations/0*.py"))
    for path in [*files, *(BASE / "benchmarks" / name for name in FILLED_BY)]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def database_url(scale: float) -> str:
    """Return the address of the database of this scale.

    On the server of DATABASE_URL where that names PostgreSQL, else a file in LASEROS_DATA.
    """
    tag = f"{scale:g}".replace(".", "_").replace("-", "_")
    url = urlsplit(os.environ.get("BENCH_SERVER") or os.environ.get("DATABASE_URL", ""))
    if url.scheme.startswith("postgres"):
        return urlunsplit(url._replace(path=f"{url.path}_bench_{tag}"))
    return f"sqlite:///{data_folder() / f'bench_{tag}.sqlite3'}"


def data_folder() -> Path:
    """Return the folder of files and filled databases, LASEROS_DATA."""
    return Path(os.environ.get("LASEROS_DATA") or BASE / "var" / "bench").absolute()


def use(scale: float) -> None:
    """Let this process, and those it starts, use the database of this scale, as in production."""
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(environment(scale))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "laseros.settings")
    sys.path.insert(0, str(BASE))


def environment(scale: float) -> dict[str, str]:
    """Return the settings under which everything is measured: those of production."""
    server = os.environ.get("BENCH_SERVER") or os.environ.get("DATABASE_URL", "")
    return {
        "BENCH_SERVER": server,
        "DATABASE_URL": database_url(scale),
        "LASEROS_DATA": str(data_folder()),
        "ENV_FILE": "/dev/null",
        "DEBUG": "false",
        "HTTPS": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or os.urandom(32).hex(),
        "ACCESS_TOKEN_MINUTES": "1440",
        "TIME_ZONE": "UTC",
    }
