"""The charts of the home page, and its numbers and days in words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from operators_app.models import Operator
from queue_app.home.colours import told_apart
from queue_app.home.lines import hours_text, number_text
from tests.queue_app.home_page import browser_of, seen


def test_materials_of_one_colour_are_told_apart() -> None:
    shades = told_apart(["#808080", "#808080", "#b5653a", "#808080"])
    assert (shades[0], shades[2]) == ("#808080", "#b5653a")
    assert len(set(shades)) == 4


@pytest.mark.django_db
def test_every_chart_tells_its_unit(ada: Operator) -> None:
    charts = seen(browser_of(ada)).charts
    assert {chart.key: chart.data["unit"] for chart in charts} == {
        "minutes": "min", "on_time": "%", "estimates": "min",
    }  # fmt: skip


def test_hours_and_days_are_written_as_the_language_writes_them() -> None:
    monday = dt.datetime(2026, 11, 23, 7, 5)  # noqa: DTZ001 - only to be written
    with override("de"):
        assert (hours_text(100_698), number_text(1250)) == ("1.678,3", "1.250")
        assert date_format(monday, "WEEKDAY_FORMAT") == "Mo. 23.11."
        assert date_format(monday, "WEEKDAY_CLOCK_FORMAT") == "Mo. 07:05"
    with override("en-gb"):
        assert hours_text(100_698) == "1,678.3"
        assert date_format(monday, "WEEKDAY_FORMAT") == "Mon 23 Nov"
