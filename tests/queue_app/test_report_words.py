"""Production reports are kept in no language, and told in that of their reader."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext

from operators_app.models import Operator, Source
from operators_app.verbs import Actor
from queue_app.models import LaserRun, ProductionReport, ReportKind
from queue_app.reports.tables import tables_of
from queue_app.verbs import make_report
from tests.queue_app.cuts import WEEK, cut

pytestmark = pytest.mark.django_db


def test_what_has_no_material_is_named_in_the_language_of_the_reader(olga: Operator) -> None:
    cut(olga)
    LaserRun.objects.update(material_type="")
    with translation.override("de"):
        made = make_report(ReportKind.WEEKLY, WEEK, by=Actor.system(Source.JOB))
    report = ProductionReport.objects.get(pk=made.data["id"])
    (row,) = tables_of(report)["materials"].rows
    assert row["name"] == "No material"
    with translation.override("de"):
        (row,) = tables_of(report)["materials"].rows
        assert row["name"] == gettext("No material") != "No material"


def test_a_report_that_kept_the_name_in_its_makers_language_is_read_like_others(
    olga: Operator,
) -> None:
    cut(olga)
    made = make_report(ReportKind.WEEKLY, WEEK, by=Actor.system(Source.JOB))
    report = ProductionReport.objects.get(pk=made.data["id"])
    kept = {**report.figures["materials"][0], "material_type": "", "name": "Kein Material"}
    report.figures["materials"] = [kept]
    (row,) = tables_of(report)["materials"].rows
    assert row["name"] == "No material"
