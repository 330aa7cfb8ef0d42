"""What the database says a project lacks is what `missing_of` says of it."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest

from laseros import clock
from projects_app import attention
from projects_app.models import DesignFile, Project, ProjectStatus
from projects_app.queries import missing_of
from tests.factories import make_project

LACKS: dict[str, dict[str, Any]] = {
    "material_type": {"material": None},
    "material_thickness": {"material_thickness": None},
    "raw_plate_count": {"material_quantity_sheets": 0},
    "parts": {"parts": []},
    "estimated_cut_time": {"estimated_cut_time": None},
    "preset": {"preset": None},
    "dxf_files": {"drawings": 0},
}


@pytest.mark.django_db
def test_missing_data_is_told_alike_in_sql_and_in_python() -> None:
    for count in (0, 1, 2, len(LACKS)):
        for names in itertools.combinations(LACKS, count):
            make_project(**{k: v for name in names for k, v in LACKS[name].items()})
    make_project(parts=[], parts_quantity=50)
    make_project(parts=[], parts_quantity=0)
    archived = make_project()
    DesignFile.objects.filter(project=archived).update(is_archived=True)
    told = Project.objects.annotate(missing=attention.names_of_missing())
    assert len(told) == 33
    for project in told:
        assert [name for name in project.missing.split(",") if name] == missing_of(project)
    lacking = set(Project.objects.filter(attention.lacking_data()).values_list("pk", flat=True))
    assert lacking == {one.pk for one in told if missing_of(one)}


@pytest.mark.django_db
def test_the_number_ordered_settles_the_parts_while_they_are_not_listed() -> None:
    assert missing_of(make_project(parts=[], parts_quantity=50)) == []
    assert missing_of(make_project(parts=[], parts_quantity=0)) == ["parts"]
    assert missing_of(make_project(parts=[("Bracket", 1)], parts_quantity=None)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "counts"), [(6, False), (7, True), (8, True)])
@pytest.mark.parametrize("hour", [0, 23])
def test_a_quote_without_a_date_waits_as_long_as_one_with_it(
    days: int, counts: bool, hour: int
) -> None:
    quoted = ProjectStatus.QUOTE_APPROVAL
    day = clock.shop_today() - dt.timedelta(days=days)
    dated = make_project(status=quoted, quote_date=day)
    undated = make_project(status=quoted, quote_date=None)
    made = clock.day_start(day) + dt.timedelta(hours=hour)
    Project.objects.filter(pk=undated.pk).update(created_at=made)
    found = set(Project.objects.filter(attention.quote_unanswered()).values_list("pk", flat=True))
    assert found == ({dated.pk, undated.pk} if counts else set())


@pytest.mark.django_db
def test_only_what_shall_be_cut_lacks_data() -> None:
    make_project(drawings=0, status=ProjectStatus.REQUEST)
    make_project(drawings=0, status=ProjectStatus.COMPLETED)
    assert not Project.objects.filter(attention.lacking_data()).exists()
