"""Statistics: figures that equal what the lists add up to, by the shop's days."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laseros import clock
from laseros.tables import Kind, text_of
from operators_app.models import ActivityLog, Operator, Role
from projects_app.models import Project, ProjectStatus
from queue_app import trouble
from queue_app.models import LaserRun, QueueItem, QueueStatus, RunStatus
from queue_app.statistics import overview, periods
from queue_app.statistics.days import DAYS
from queue_app.statistics.operators import OPERATORS
from queue_app.statistics.periods import Period, WrongPeriod
from tests.factories import (
    make_client,
    make_item,
    make_person,
    make_preset,
    make_project,
    make_user,
)
from tests.queue_app.cuts import DAY, NOON, WEEK, browser_of, cut, finished, page_of, rows_of


@pytest.fixture
def office(mary: Operator) -> Browser:
    """The manager's browser."""
    return browser_of(mary.user)


# --- What is reckoned ---


def test_an_operators_estimate_error_counts_over_and_under_alike(olga: Operator) -> None:
    cut(olga, cut_time_minutes=40, project=make_project(estimated_cut_time=50))
    cut(olga, cut_time_minutes=60, project=make_project(estimated_cut_time=50))
    cut(olga, cut_time_minutes=99, project=make_project(estimated_cut_time=None))
    own = make_project(estimated_cut_time=500)
    cut(olga, cut_time_minutes=100, project=own, item=make_item(
        own, status=QueueStatus.COMPLETED, estimated_cut_time=100))  # fmt: skip
    row = rows_of("operators")["Olga"]
    assert (row["jobs"], row["minutes"], row["estimated"]) == (4, 299, 200)
    assert row["error"] == pytest.approx(20 / 200)
    assert row["against"] == pytest.approx(0)


def test_a_run_is_on_time_until_its_due_date_ends(olga: Operator, settings: Any) -> None:
    settings.TIME_ZONE = "Africa/Johannesburg"
    late = dt.timedelta(hours=23, minutes=59)
    cut(olga, at=late, project=make_project(due_date=DAY))
    cut(olga, at=late + dt.timedelta(minutes=1), project=make_project(due_date=DAY))
    cut(olga, project=make_project(due_date=None))
    row = rows_of("operators")["Olga"]
    assert (row["due"], row["in_time"], row["on_time"]) == (2, 1, 0.5)


def test_only_runs_that_count_are_counted(olga: Operator) -> None:
    cut(olga)
    cut(olga, status=RunStatus.PENDING)
    cut(olga, status=RunStatus.REJECTED)
    found = overview.tables(WEEK)
    for key in ("operators", "materials", "days"):
        total = found[key].total
        assert total
        assert (total["jobs"], total["minutes"]) == (1, 30)


def test_a_preset_fails_with_a_run_that_is_cut_again_and_not_with_a_rejected_one(
    olga: Operator,
) -> None:
    good = make_preset("Good")
    again = make_project(preset=good, drawings=0, parts=[])
    for status in (RunStatus.COMPLETED, RunStatus.PENDING, RunStatus.REJECTED):
        cut(olga, status=status, preset=good)
    spoilt = cut(olga, project=again)
    make_item(again, added_at=spoilt.run_date + NOON)
    called_off = cut(olga, preset=good)
    make_item(called_off.project, status=QueueStatus.CANCELLED, added_at=spoilt.run_date + NOON)
    row = rows_of("presets")["Good"]
    assert (row["jobs"], row["good"], row["bad"]) == (3, 2, 1)
    assert row["success"] == pytest.approx(2 / 3)


def test_the_home_page_and_the_statistics_mean_the_same_failed_runs(olga: Operator) -> None:
    day = clock.shop_today() - dt.timedelta(days=3)
    for minutes, status in ((68, "completed"), (67, "completed"), (68, "pending"), (99, "rejected"),
                            (80, "completed")):  # fmt: skip
        project = make_project(estimated_cut_time=45, drawings=0, parts=[])
        cut(olga, day=day, project=project, cut_time_minutes=minutes, status=status)
    again, called_off = cut(olga, day=day), cut(olga, day=day)
    later = again.run_date + NOON
    make_item(again.project, added_at=later)
    make_item(called_off.project, status=QueueStatus.CANCELLED, added_at=later)
    (row,) = rows_of("presets", Period(day, day)).values()
    assert (row["jobs"], row["bad"]) == (5, 3)
    (failing,) = trouble.failing_presets().values_list("runs", "failures")
    assert failing == (5, 3)
    assert trouble.failed_runs().count() == 3


def test_turnover_is_the_final_price_else_the_quoted_one(db: None) -> None:
    client = make_client("Acme")
    finished(client, "100.50", due_date=DAY, quoted_price=Decimal(7))
    finished(client, None, quoted_price=Decimal("20.25"), due_date=DAY - dt.timedelta(days=1))
    finished(client, None, quoted_price=None, due_date=None)
    finished(client, "999", day=DAY - dt.timedelta(days=1))
    make_project(client=client, status=ProjectStatus.QUEUED, quoted_price=Decimal(5))
    row = rows_of("clients")["Acme"]
    assert (row["jobs"], row["turnover"], row["unpriced"]) == (3, Decimal("120.75"), 1)
    assert row["on_time"] == 0.5


def test_the_column_of_what_is_missing_is_shown_only_where_something_is(db: None) -> None:
    finished(make_client("Acme"), "10")
    heads = [head for head, _ in overview.tables(WEEK)["clients"].heads]
    assert "Without a price" not in heads
    finished(make_client("Other"), None, quoted_price=None)
    heads = [head for head, _ in overview.tables(WEEK)["clients"].heads]
    assert "Without a price" in heads


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_days_begin_by_the_shops_clock_also_when_it_is_put_back(
    olga: Operator, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    sunday = dt.date(2025, 11, 2)  # of 25 hours in Los Angeles
    for minutes in (0, 24 * 60 - 1):
        cut(olga, day=sunday, at=dt.timedelta(minutes=minutes))
    rows = DAYS.rows(Period(sunday - dt.timedelta(days=1), sunday + dt.timedelta(days=1)))
    assert [row["jobs"] for row in rows] == [0, 2, 0]


@pytest.mark.parametrize(("days", "steps"), [(31, 31), (32, 5), (300, 11)])
def test_long_ranges_are_told_by_week_and_month(olga: Operator, days: int, steps: int) -> None:
    period = Period(DAY, DAY + dt.timedelta(days=days - 1))
    cut(olga, day=period.first)
    cut(olga, day=period.last)
    rows = DAYS.rows(period)
    assert len(rows) == steps
    assert (rows[0]["jobs"], rows[-1]["jobs"]) == (1, 1)
    assert (rows[0]["first"], rows[-1]["last"]) == (period.first, period.last)


RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.integers(0, 1),
            "day": st.integers(-2, 9),
            "hour": st.integers(0, 23),
            "minutes": st.integers(0, 500),
            "estimate": st.none() | st.integers(0, 400),
            "sheets": st.none() | st.integers(0, 9),
            "material": st.sampled_from(["Mild Steel", "Brass", ""]),
            "status": st.sampled_from(RunStatus.values),
            "due": st.none() | st.integers(-2, 9),
        }
    ),
    max_size=12,
)


@given(RUNS)
@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_the_figures_equal_naive_sums(olga: Operator, otto: Operator, told: Any) -> None:
    LaserRun.objects.all().delete()
    QueueItem.objects.all().delete()
    Project.objects.all().delete()
    people = (olga, otto)
    for one in told:
        due = None if one["due"] is None else DAY + dt.timedelta(days=one["due"])
        project = make_project(
            estimated_cut_time=one["estimate"], due_date=due, drawings=0, parts=[]
        )
        cut(
            people[one["who"]], day=DAY + dt.timedelta(days=one["day"]), project=project,
            at=dt.timedelta(hours=one["hour"]), cut_time_minutes=one["minutes"],
            sheet_count=one["sheets"], material_type=one["material"], status=one["status"],
        )  # fmt: skip
    counted = [one for one in told if one["status"] == RunStatus.COMPLETED and 0 <= one["day"] <= 6]
    found = overview.tables(WEEK)
    for number, person in enumerate(people):
        mine = [one for one in counted if one["who"] == number]
        rows = [row for row in found["operators"].rows if row["operator_id"] == person.pk]
        assert len(rows) == bool(mine)
        if mine:
            known = [one for one in mine if one["estimate"] is not None]
            estimated = sum(one["estimate"] for one in known)
            off = sum(abs(one["minutes"] - one["estimate"]) for one in known)
            dated = [one for one in mine if one["due"] is not None]
            assert rows[0]["minutes"] == sum(one["minutes"] for one in mine)
            assert rows[0]["error"] == (pytest.approx(off / estimated) if estimated else None)
            assert rows[0]["in_time"] == sum(one["day"] <= one["due"] for one in dated)
    for row in found["materials"].rows:
        alike = [one for one in counted if one["material"] == row["material_type"]]
        assert row["jobs"] == len(alike)
        assert (row["sheets"] or 0) == sum(one["sheets"] or 0 for one in alike)
    assert sum(row["minutes"] for row in found["days"].rows) == sum(
        one["minutes"] for one in counted
    )


# --- Ranges ---


def test_days_to_come_are_not_told_as_days_without_a_cut(olga: Operator) -> None:
    cut(olga)
    with clock.pretend(clock.day_start(DAY + 2 * dt.timedelta(days=1))):
        rows = overview.tables(WEEK)["days"].rows
    assert [row["first"] for row in rows] == [DAY + n * dt.timedelta(days=1) for n in range(3)]
    assert text_of(rows[0]["first"], Kind.DAY) == "27 Oct 2025"


def test_ranges_are_whole_days_weeks_and_months(db: None) -> None:
    with clock.pretend(clock.day_start(dt.date(2025, 3, 1)) + NOON):  # a Saturday
        asked = {name: periods.chosen({"range": name})[1] for name in periods.NAMES
                 if name != "custom"}  # fmt: skip
    day = dt.date
    assert asked == {
        "today": Period(day(2025, 3, 1), day(2025, 3, 1)),
        "this_week": Period(day(2025, 2, 24), day(2025, 3, 2)),
        "last_week": Period(day(2025, 2, 17), day(2025, 2, 23)),
        "this_month": Period(day(2025, 3, 1), day(2025, 3, 31)),
        "last_month": Period(day(2025, 2, 1), day(2025, 2, 28)),
        "this_year": Period(day(2025, 1, 1), day(2025, 12, 31)),
    }


@pytest.mark.parametrize(
    "query",
    [
        {"range": "ever"}, {"range": "custom"}, {"from": "2025-13-01", "to": "2025-12-01"},
        {"from": "2025-12-02", "to": "2025-12-01"}, {"from": "0001-01-01", "to": "2025-12-01"},
        {"from": "2025-12-01", "to": "9999-12-31"}, {"from": "x", "to": "\0"},
    ],
)  # fmt: skip
def test_a_wrong_range_is_told_in_a_sentence(office: Browser, query: dict[str, str]) -> None:
    with pytest.raises(WrongPeriod):
        periods.chosen(query)
    page = office.get(reverse("statistics"), query)
    assert page.status_code == 200
    assert "This month is shown instead." in page.content.decode()
    for name in ("statistics-workbook", "statistics-paper"):
        assert office.get(reverse(name), query).status_code == 400


# --- The page, the workbook, the paper ---


def test_the_workbook_holds_the_figures_as_numbers_and_no_formula(
    office: Browser, olga: Operator
) -> None:
    Operator.objects.filter(pk=olga.pk).update(name="=HYPERLINK(1)")
    cut(olga, cut_time_minutes=45, project=make_project(estimated_cut_time=50))
    query = {"from": DAY.isoformat(), "to": DAY.isoformat()}
    answer = office.get(reverse("statistics-workbook"), query)
    assert answer["Content-Disposition"] == (
        'attachment; filename="statistics-2025-10-27-2025-10-27.xlsx"'
    )
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == [
        "Operators", "Materials", "Presets", "Clients", "Cut minutes over time",
    ]  # fmt: skip
    first, *_, last = list(book["Operators"].iter_rows(min_row=4, values_only=True))
    assert first[:3] == ("'=HYPERLINK(1)", 1, 45)
    assert first[5] == pytest.approx(0.1)
    assert last[:3] == ("All", 1, 45)
    for sheet in book:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_the_paper_is_a_pdf_also_where_nothing_happened(office: Browser) -> None:
    answer = office.get(reverse("statistics-paper"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_an_empty_range_says_so(office: Browser) -> None:
    page = page_of(office)
    assert "Nobody cut anything in this range." in page
    assert "<canvas" not in page


def test_names_from_outside_stay_text_on_the_page(office: Browser, olga: Operator) -> None:
    Operator.objects.filter(pk=olga.pk).update(name='"><script>alert(1)</script>')
    cut(olga)
    assert "<script>alert(1)" not in page_of(office)


@pytest.mark.parametrize(
    ("role", "seen"),
    [(Role.ADMIN, 200), (Role.MANAGER, 200), (Role.VIEWER, 200), (Role.OPERATOR, 302), (None, 302)],
)
def test_who_sees_everything_sees_statistics(db: None, role: Role | None, seen: int) -> None:
    browser = browser_of(make_user("somebody", role))
    for name in ("statistics", "statistics-workbook", "statistics-paper"):
        answer = browser.get(reverse(name))
        assert answer.status_code == seen
    assert Browser().get(reverse("statistics")).status_code == 302


def test_the_page_takes_as_many_statements_for_many_rows(office: Browser) -> None:
    counts = []
    for people in (2, 8):
        for number in range(people):
            cut(make_person(f"p{people}{number}", Role.OPERATOR))
            finished(make_client(f"c{people}{number}"), "1")
        page_of(office)
        with CaptureQueriesContext(connection) as captured:
            page_of(office)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 16


def test_a_topic_is_one_statement_those_of_operators_and_presets_two(olga: Operator) -> None:
    cut(olga)
    with CaptureQueriesContext(connection) as captured:
        overview.tables(WEEK)
    assert len(captured) == len(overview.TOPICS) + 2


def test_the_last_line_is_the_share_of_all_not_the_mean_of_shares(
    olga: Operator, otto: Operator
) -> None:
    cut(olga, cut_time_minutes=20, project=make_project(estimated_cut_time=10))
    cut(otto, cut_time_minutes=90, project=make_project(estimated_cut_time=90))
    total = OPERATORS.table(WEEK, OPERATORS.rows(WEEK), "All").total
    assert total
    assert total["error"] == pytest.approx(10 / 100)


def test_reading_statistics_writes_nothing(office: Browser) -> None:
    before = ActivityLog.objects.count()
    page_of(office)
    assert ActivityLog.objects.count() == before
