"""The README tells the truth: its walk works as typed, its settings are those there are."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laseros.test_run import BASE, Shop

README = (BASE / "README.md").read_text()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Shop]:
    """A started demo shop."""
    shop = Shop(tmp_path, demo=True)
    try:
        yield shop.start().until_running()
    finally:
        shop.clear_away()


@pytest.mark.server
def test_the_walk_works_as_typed(demo: Shop) -> None:
    section = README.split("## The main job in five minutes")[1]
    walk = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[0]
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", walk],
        env={"PATH": os.environ["PATH"], "PORT": str(demo.port)},
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines() if line.strip()]
    assert [one["success"] for one in answers] == [True] * 5
    assert answers[3]["laser_run"]["cut_time_minutes"] == 42
    assert answers[4]["recent_jobs"][0]["id"] == answers[3]["laser_run"]["id"]


def test_the_table_of_settings_names_every_setting_and_no_other() -> None:
    settings = (BASE / "laseros" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings)) | {"ENV_FILE"}
    table = README.split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE)) == read
    example = (BASE / ".env.example").read_text()
    assert set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE)) == read - {"ENV_FILE"}


def test_the_folders_of_the_map_exist() -> None:
    table = README.split("## Where things live")[1].split("###")[0]
    for name in re.findall(r"`([\w./]+/?)`", " ".join(re.findall(r"^\| (.*?) \|", table, re.M))):
        assert (BASE / name).exists(), name
