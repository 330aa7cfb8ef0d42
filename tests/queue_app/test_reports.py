"""Production reports: made once for each day and week, by the shop's clock, and kept."""

from __future__ import annotations

import datetime as dt
import io
import zoneinfo
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_q.models import Schedule
from django_q.utils import get_func_repr

from laseros import clock
from laseros.errors import Changed, InvalidInput, NotAllowed
from operators_app.models import ActivityLog, Flag, Operator, Role, Source, User
from operators_app.verbs import Actor
from queue_app.jobs import make_due_reports
from queue_app.models import ProductionReport, ReportKind, ReportTimes
from queue_app.reports.due import missing
from queue_app.reports.tables import tables_of
from queue_app.statistics.periods import Period, week_of
from queue_app.verbs import make_report, save_report_times
from tests.conftest import actor
from tests.factories import make_client, make_item, make_project
from tests.queue_app.cuts import DAY, WEEK, browser_of, cut, entry, finished

ONE_DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


def at(day: dt.date, hour: int, minute: int = 0) -> Any:
    """Pretend that it is this time on the shop's wall clock."""
    return clock.pretend(dt.datetime.combine(day, dt.time(hour, minute), clock.shop_zone()))


def times(**fields: Any) -> ReportTimes:
    """Set the schedule, beginning long ago unless `fields` say otherwise."""
    values = {"daily_since": DAY, "weekly_since": DAY, "weekly_on": False, **fields}
    ReportTimes.objects.filter(pk=1).update(**values)
    return ReportTimes.current()


def due_days(**fields: Any) -> list[dt.date]:
    """Return the first days of the reports that are due."""
    return [period.first for _, period in missing(times(**fields))]


def report_of(period: Period = WEEK, kind: ReportKind = ReportKind.WEEKLY) -> ProductionReport:
    """Make a report and return it."""
    made = make_report(kind, period, by=Actor.system(Source.JOB))
    return ProductionReport.objects.get(pk=made.data["id"])


# --- When ---


def test_a_daily_report_is_about_the_day_before_and_made_at_its_time() -> None:
    with at(DAY + ONE_DAY, 5, 59):
        assert due_days() == []
    with at(DAY + ONE_DAY, 6):
        assert due_days() == [DAY]


def test_a_weekly_report_is_about_the_last_week_that_is_over() -> None:
    on_friday = {"daily_on": False, "weekly_on": True, "weekly_day": 4}
    with at(DAY + 10 * ONE_DAY, 23):  # Thursday of the week after
        assert due_days(**on_friday) == []
    with at(DAY + 11 * ONE_DAY, 6):
        assert due_days(**on_friday) == [DAY]
        assert missing(times(**on_friday))[0][1] == WEEK


def test_what_was_missed_while_the_server_was_off_is_made_at_the_next_call() -> None:
    times(weekly_on=True)
    with at(DAY + 15 * ONE_DAY, 7):
        assert make_due_reports() == 15 + 2
        assert make_due_reports() == 0
    kept = ProductionReport.objects.filter(kind="daily").values_list("first_day", flat=True)
    assert sorted(kept) == [DAY + n * ONE_DAY for n in range(15)]


def test_a_shop_that_was_off_for_years_gets_the_last_month() -> None:
    with at(DAY + 1000 * ONE_DAY, 12):
        days = due_days()
    assert len(days) == 31
    assert days[-1] == DAY + 999 * ONE_DAY
    with at(DAY + 1000 * ONE_DAY, 12):
        assert len(due_days(daily_on=False, weekly_on=True)) == 12


@pytest.mark.parametrize("minute", [0, 15, 30, 45])
def test_a_time_that_the_clock_leaps_over_or_has_twice_comes_once(
    settings: Any, minute: int
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    for day in (dt.date(2025, 3, 30), dt.date(2025, 10, 26)):  # 2:00–3:00 left out; had twice
        times(daily_since=day - ONE_DAY, daily_at=dt.time(2, minute))
        moment = clock.day_start(day).astimezone(dt.UTC)
        made = 0
        while moment < clock.day_start(day + ONE_DAY).astimezone(dt.UTC):
            with clock.pretend(moment):
                made += make_due_reports()
            moment += dt.timedelta(minutes=5)
        assert made == 1
        report = ProductionReport.objects.get(first_day=day - ONE_DAY)
        assert report.made_at.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).hour in {2, 3}


def test_the_shops_midnight_begins_the_day(settings: Any) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    with at(DAY + ONE_DAY, 0):
        assert due_days(daily_at=dt.time(0)) == [DAY]


def test_the_schedule_calls_the_job_every_few_minutes() -> None:
    kept = Schedule.objects.get(func=get_func_repr(make_due_reports))
    assert (kept.schedule_type, kept.minutes, kept.repeats) == (Schedule.MINUTES, 5, -1)


# --- Once ---


def test_a_report_is_made_once_however_often_the_job_runs(olga: Operator) -> None:
    cut(olga)
    first = report_of()
    cut(olga)
    entries = ActivityLog.objects.count()
    again = report_of()
    assert again.pk == first.pk
    assert again.figures == first.figures
    assert ActivityLog.objects.count() == entries
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductionReport.objects.create(
            kind="weekly", first_day=WEEK.first, last_day=WEEK.last, made_at=clock.now()
        )


def test_it_is_made_by_the_system_and_stands_in_the_log(olga: Operator) -> None:
    report = report_of()
    told = ActivityLog.objects.latest("seq")
    assert (told.verb, told.user.username, told.source) == ("make_report", "system", "job")
    assert (told.target_type, told.target_id) == ("productionreport", report.pk)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_only_managers_make_reports_and_say_when(role: Role, db: None) -> None:
    from tests.factories import make_person

    by = actor(make_person("somebody", role))
    with pytest.raises(NotAllowed):
        make_report(ReportKind.DAILY, Period(DAY, DAY), by=by)
    with pytest.raises(NotAllowed):
        save_report_times({"daily_on": False}, by=by)


# --- What ---


def test_a_report_holds_what_was_cut_and_sold_and_how_the_queue_stands(olga: Operator) -> None:
    cut(olga, cut_time_minutes=45, material_type="Brass", sheet_count=3)
    bad = cut(olga, cut_time_minutes=90, material_type="Brass", sheet_count=0)
    finished(make_client("Acme"), "1234.50")
    late = make_project("Gate", due_date=dt.date(2020, 1, 1), estimated_cut_time=60)
    make_item(late)
    Flag.objects.create(entry=entry())
    found = tables_of(report_of())
    assert [row["name"] for row in found["operators"].rows] == ["Olga"]
    assert found["materials"].rows[0]["sheets"] == 3
    assert [row["name"] for row in found["presets"].rows] == [bad.preset.preset_name]
    assert found["clients"].rows[0]["turnover"] == Decimal("1234.50")
    total = found["clients"].total
    assert total
    assert total["turnover"] == Decimal("1234.50")
    assert [row["code"] for row in found["late"].rows] == [late.project_code]
    assert [row["due_date"] for row in found["late"].rows] == ["2020-01-01"]
    assert sum(row["minutes"] for row in found["load"].rows) == 60
    assert len(found["load"].rows) == 5
    assert len(found["flags"].rows) == 1


def test_a_report_tells_late_jobs_from_those_past_their_pop_deadline(olga: Operator) -> None:
    ahead = clock.shop_today() + 60 * ONE_DAY
    gone = clock.shop_today() - 3 * ONE_DAY
    late = make_project("Late", due_date=gone, pop_deadline=ahead)
    paid = make_project("Paid", due_date=ahead, pop_deadline=gone)
    for project in (late, paid):
        make_item(project)
    report = report_of()
    found = tables_of(report)
    assert [row["code"] for row in found["late"].rows] == [late.project_code]
    assert [row["code"] for row in found["past_pop"].rows] == [paid.project_code]
    assert found["past_pop"].rows[0]["pop_deadline"] == gone.isoformat()
    assert (report.figures["counts"]["late"], report.figures["counts"]["past_pop"]) == (1, 1)


def test_a_report_of_before_the_two_were_told_apart_reads_as_it_was_made(mary: Operator) -> None:
    report = report_of()
    old = {name: told for name, told in report.figures.items() if name != "past_pop"}
    row = {"project_id": 1, "code": "JB-1", "name": "Gate", "client": "Acme",
           "deadline": "2020-01-01", "ends_on": "2020-01-04", "days_late": 3}  # fmt: skip
    ProductionReport.objects.filter(pk=report.pk).update(figures={**old, "late": [row]})
    found = tables_of(ProductionReport.objects.get(pk=report.pk))
    assert "past_pop" not in found
    assert [str(column.head) for column in found["late"].columns][3] == "wanted by"
    page = browser_of(mary.user).get(
        reverse("admin:queue_app_productionreport_change", args=(report.pk,))
    )
    assert "Jobs late or past POP deadline" in page.content.decode()


def test_a_report_whose_presets_were_judged_otherwise_keeps_its_share(db: None) -> None:
    report = report_of()
    row = {"preset_id": 1, "name": "Steel", "judged": 10, "jobs": 8, "minutes": 80, "bad": 4,
           "good": 6, "success": 0.6}  # fmt: skip
    ProductionReport.objects.filter(pk=report.pk).update(
        figures={**report.figures, "presets": [row]}
    )
    table = tables_of(ProductionReport.objects.get(pk=report.pk))["presets"]
    assert table.total
    assert (table.rows[0]["success"], table.total["success"]) == (0.6, 0.6)
    assert table.total["jobs"] == 8


def test_a_kept_report_stays_as_it_was(olga: Operator) -> None:
    cut(olga)
    report = report_of()
    Flag.objects.all().delete()
    Operator.objects.filter(pk=olga.pk).update(name="Olga Married")
    cut(olga)
    rows = tables_of(ProductionReport.objects.get(pk=report.pk))["operators"].rows
    assert [(row["name"], row["jobs"]) for row in rows] == [("Olga", 1)]


def test_what_is_of_the_moment_of_making_says_so_wherever_it_is_read(
    mary: Operator, olga: Operator
) -> None:
    cut(olga)
    with at(DAY + 40 * ONE_DAY, 6, 5):  # long after its week
        report = report_of()
        make_item(make_project(due_date=dt.date(2020, 1, 1)))
    as_of = "as of 6 Dec 2025, 06:05, when the report was made"
    told = {key: table.as_of for key, table in tables_of(report).items()}
    assert {key for key, text in told.items() if text == as_of} == {
        "late", "past_pop", "load", "flags",
    }  # fmt: skip
    assert {told[key] for key in ("operators", "materials", "presets", "clients")} == {""}
    browser = browser_of(mary.user)
    page = browser.get(reverse("admin:queue_app_productionreport_change", args=(report.pk,)))
    assert page.content.decode().count(as_of) == 4
    assert "Made on 6 Dec 2025, 06:05" in page.content.decode()
    book = openpyxl.load_workbook(io.BytesIO(
        browser.get(reverse("admin:report-workbook", args=(report.pk,))).content
    ))  # fmt: skip
    assert [sheet.title for sheet in book if sheet["A2"].value == as_of] == [
        "What will be late", "Past their POP deadline", "Load of the coming working days",
        "Flagged facts to settle",
    ]  # fmt: skip


def test_its_figures_are_made_in_a_fixed_number_of_statements(olga: Operator) -> None:
    counts = []
    for number in (2, 9):
        for _ in range(number):
            cut(olga)
            make_item(make_project(due_date=dt.date(2020, 1, 1)))
            Flag.objects.create(entry=entry())
        with CaptureQueriesContext(connection) as captured:
            make_report(ReportKind.DAILY, Period(DAY, DAY), by=Actor.system())
        counts.append(len(captured))
        ProductionReport.objects.all().delete()
    assert counts[0] == counts[1]


# --- In the back office ---


@pytest.mark.parametrize(("role", "seen"), [(Role.MANAGER, 200), (Role.VIEWER, 200),
                                            (Role.OPERATOR, 302)])  # fmt: skip
def test_who_sees_everything_opens_and_downloads_reports(
    olga: Operator, role: Role, seen: int
) -> None:
    from tests.factories import make_user

    Operator.objects.filter(pk=olga.pk).update(name="=1+1")
    cut(olga)
    report = report_of()
    browser = browser_of(make_user("somebody", role))
    listed = browser.get(reverse("admin:queue_app_productionreport_changelist"))
    assert listed.status_code == seen
    page = browser.get(reverse("admin:queue_app_productionreport_change", args=(report.pk,)))
    book = browser.get(reverse("admin:report-workbook", args=(report.pk,)))
    paper = browser.get(reverse("admin:report-paper", args=(report.pk,)))
    assert {page.status_code, book.status_code, paper.status_code} == {seen}
    if seen == 200:
        assert "Weekly report, 27 Oct 2025 – 2 Nov 2025" in page.content.decode()
        sheets = openpyxl.load_workbook(io.BytesIO(book.content))
        assert len(sheets.sheetnames) == len(set(sheets.sheetnames)) == 8
        assert "'=1+1" in [cell.value for row in sheets.worksheets[0] for cell in row]
        assert paper.content.startswith(b"%PDF-")


def test_the_list_tells_the_sums_of_each_report(mary: Operator, olga: Operator) -> None:
    cut(olga, cut_time_minutes=45)
    cut(olga, cut_time_minutes=30)
    finished(make_client("Acme"), "1234.50")
    finished(make_client("Unpriced"), None, quoted_price=None)
    report_of()
    page = browser_of(mary.user).get(reverse("admin:queue_app_productionreport_changelist"))
    (row,) = page.context["cl"].result_list
    shown = page.context["cl"].model_admin
    assert (shown.jobs(row), shown.minutes(row), shown.turnover(row)) == ("2", "75", "1,234.50")


@pytest.mark.parametrize(
    ("kind", "period"),
    [("daily", Period(DAY, DAY)), ("weekly", week_of(DAY + ONE_DAY - 7 * ONE_DAY))],
)
def test_a_manager_has_the_last_report_made_at_once_and_only_once(
    mary: Operator, olga: Operator, victor: User, kind: str, period: Period
) -> None:
    times(daily_on=False, weekly_on=False)
    listing = reverse("admin:queue_app_productionreport_changelist")
    make, sent = reverse("admin:report-make"), {"kind": kind}
    with at(DAY + ONE_DAY, 9):
        assert make in browser_of(mary.user).get(listing).content.decode()
        page = browser_of(mary.user).post(make, sent, follow=True)
        again = browser_of(mary.user).post(make, sent, follow=True)
        report = ProductionReport.objects.get()
        assert (report.kind, Period(report.first_day, report.last_day)) == (kind, period)
        assert str(report) in page.content.decode()
        assert page.redirect_chain == again.redirect_chain
        assert ActivityLog.objects.get(verb="make_report").user == mary.user
        assert make not in browser_of(victor).get(listing).content.decode()
        assert browser_of(victor).post(make, sent).status_code == 403
        assert browser_of(olga.user).post(make, sent).status_code in (302, 403)
        assert ProductionReport.objects.count() == 1
        assert browser_of(mary.user).get(make).status_code == 405


def test_a_report_that_is_not_there_is_not_found(mary: Operator) -> None:
    browser = browser_of(mary.user)
    for name in ("admin:report-workbook", "admin:report-paper"):
        assert browser.get(reverse(name, args=(999,))).status_code == 404


def test_the_report_of_an_empty_day_opens_and_offers_no_other_range(mary: Operator) -> None:
    report = report_of(Period(DAY, DAY), ReportKind.DAILY)
    page = browser_of(mary.user).get(
        reverse("admin:queue_app_productionreport_change", args=(report.pk,))
    )
    assert page.content.decode().count("Nothing was cut.") == 2
    assert "range above" not in page.content.decode()


def test_a_manager_sets_the_times_in_a_form_and_a_viewer_does_not(
    mary: Operator, victor: User
) -> None:
    address = reverse("admin:queue_app_reporttimes_change", args=(1,))
    said = {"daily_at": "17:30", "weekly_on": "on", "weekly_day": "4", "weekly_at": "12:00"}
    assert browser_of(victor).post(address, said).status_code == 403
    assert browser_of(victor).get(address).status_code == 200
    assert browser_of(mary.user).post(address, said).status_code == 302
    now = ReportTimes.current()
    assert (now.daily_on, now.daily_at) == (False, dt.time(17, 30))
    assert (now.weekly_on, now.weekly_day, now.weekly_at) == (True, 4, dt.time(12))
    told = ActivityLog.objects.latest("seq")
    assert told.user_id == mary.user_id
    assert told.before["reporttimes:1"]["daily_on"] is True


def test_a_report_that_is_switched_on_begins_with_that_day(manager: Actor) -> None:
    times(daily_on=False)
    with at(DAY + 20 * ONE_DAY, 12):
        save_report_times({"daily_on": True}, by=manager)
        assert missing(ReportTimes.current()) == []
    with at(DAY + 21 * ONE_DAY, 12):
        assert [one.first for _, one in missing(ReportTimes.current())] == [DAY + 20 * ONE_DAY]


def test_two_tabs_do_not_overwrite_each_others_times(manager: Actor) -> None:
    seen = ReportTimes.current().updated_at
    save_report_times({"daily_at": dt.time(7)}, by=manager)
    with pytest.raises(Changed):
        save_report_times({"daily_at": dt.time(8)}, by=manager, updated_at=seen)
    with pytest.raises(InvalidInput):
        save_report_times({"weekly_day": 7}, by=manager)


def test_weeks_are_those_of_the_statistics() -> None:
    assert week_of(DAY + 6 * ONE_DAY) == WEEK
