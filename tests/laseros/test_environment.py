"""What the environment may say, and the sentence that answers what it may not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import ValidationError

from laseros import environment

BASE = Path(__file__).resolve().parents[2]
LONG = "long-enough-and-only-for-this-test-0123456789"


def start(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, with nothing set but `variables`."""
    bare = {"PATH": os.environ["PATH"], "ENV_FILE": "/dev/null", "LASEROS_DATA": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "manage.py", "diffsettings"],
        cwd=BASE,
        env={**bare, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PORT": "abc"}, "PORT: Not a valid integer."),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL: It must be written like postgres://"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"DEBUG": "false", "ALLOWED_HOSTS": "a.example"}, "SECRET_KEY is not set."),
        ({"DEBUG": "false", "SECRET_KEY": LONG}, "ALLOWED_HOSTS is not set."),
        ({"LASEROS_DATA": "/dev/null/shop"}, "LASEROS_DATA=/dev/null/shop cannot be made"),
    ],
)
def test_a_wrong_setting_ends_in_a_sentence(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    result = start(tmp_path, **variables)
    assert result.returncode == 1
    assert result.stderr.startswith("Laser OS cannot start: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_several_wrong_settings_are_told_together(tmp_path: Path) -> None:
    said = start(tmp_path, PORT="0", DEBUG="maybe", TIME_ZONE="Mars/Olympus").stderr
    assert all(name in said for name in ("PORT:", "DEBUG:", "TIME_ZONE:"))


def test_a_file_with_settings_is_read_and_the_environment_overrides_it(tmp_path: Path) -> None:
    file = tmp_path / "shop.env"
    file.write_text("PORT=8123\nCURRENCY=EUR\n")
    settings = start(tmp_path, ENV_FILE=str(file), CURRENCY="USD").stdout
    assert "PORT = 8123" in settings
    assert "CURRENCY = 'USD'" in settings


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (environment.positive, [1, 8], [0, -1]),
        (environment.not_negative, [0, 1], [-1]),
        (environment.port, [1, 8000, 65535], [0, 65536]),
        (environment.time_zone, ["UTC", "Africa/Johannesburg"], ["Mars/Olympus", "../etc/passwd"]),
        (environment.currency, ["ZAR", "EUR"], ["EURO", "eur", "€", ""]),
        (
            environment.origins,
            [[], ["https://phone.example.com", "http://localhost:5173"]],
            [["*"], ["phone.example.com"], ["https://a.example/path"], ["ftp://a.example"]],
        ),
        (environment.hosts, [[], ["laser.example"]], [["*"]]),
        (
            environment.database_url,
            [
                "",
                "postgres://u:p@host:5432/name",
                "postgresql://host/name",
                "sqlite:////folder/file.sqlite3",
            ],
            [
                "nonsense",
                "mysql://host/name",
                "postgres://",
                "postgres://host:abc/name",
                "sqlite://",
                "sqlite://:memory:",
            ],
        ),
    ],
)
def test_validators_take_the_good_and_refuse_the_bad(
    check: object, good: list[object], bad: list[object]
) -> None:
    assert callable(check)
    for value in good:
        check(value)
    for value in bad:
        with pytest.raises(ValidationError):
            check(value)


def test_the_sentence_about_a_database_never_repeats_its_password(tmp_path: Path) -> None:
    said = start(tmp_path, DATABASE_URL="postgres://u:Hidden77@host:abc/name").stderr
    assert "DATABASE_URL" in said
    assert "Hidden77" not in said


def test_without_an_address_the_database_is_a_file_of_any_name() -> None:
    file = Path("/srv/shop #1 ?/100%41/laseros.sqlite3")
    assert environment.database("", file)["NAME"] == str(file)


def test_the_address_of_a_database_is_understood_with_its_options() -> None:
    found = environment.database("postgres://u:p%40ss@host:5433/shop?sslmode=require", Path())
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"]) == ("u", "p@ss")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("host", 5433, "shop")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    secret = environment.kept_secret(tmp_path)
    assert len(secret) >= 50
    assert environment.kept_secret(tmp_path) == secret
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_folder_is_made_with_its_parents_for_its_owner_only(tmp_path: Path) -> None:
    folder = environment.data_folder(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert environment.data_folder(folder) == folder


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ImproperlyConfigured, match="cannot be made"):
        environment.data_folder(file)


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = re.findall(r"^#([A-Z_]+)=", (BASE / ".env.example").read_text(), re.MULTILINE)
    read = re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', (BASE / "laseros/settings.py").read_text())
    assert len(listed) == len(set(listed))
    assert set(listed) == set(read)
