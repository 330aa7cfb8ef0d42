"""What must be true of clients, projects and their files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Count, Max, Model, Q
from django_q.models import Schedule

from laseros import clock
from laseros.doctor import RESTORE, invariant
from projects_app.models import (
    UNPAID,
    Client,
    ClientText,
    DesignFile,
    Document,
    DocumentKind,
    Part,
    Project,
    ProjectStatus,
    ProjectText,
    ReadState,
    Shop,
    paper_number,
)
from projects_app.search_texts import batches, client_texts, project_texts
from projects_app.stored_files import PLACES, damaged, left_over

REREAD_JOB = "projects_app.jobs.requeue_unread"


@invariant
def codes_tell_numbers() -> Iterator[str]:
    """The codes of clients, parts and projects are made of their numbers."""
    for code, number in Client.objects.values_list("code", "number").iterator():
        if code != f"CL{number:04}":
            yield f"The client {code} has the number {number}. {RESTORE}."
    for code, number in Part.objects.values_list("part_number", "number").iterator():
        if code != f"PT{number:05}":
            yield f"The part {code} has the number {number}. {RESTORE}."
    columns = ("project_code", "client__code", "code_month", "code_number")
    for code, client, month, number in Project.objects.values_list(*columns).iterator():
        if code != f"JB-{month:%Y-%m}-{client}-{number:03}" or month.day != 1:
            yield (
                f"The project {code} is number {number} of {client} in the month of {month}. "
                f"{RESTORE}."
            )


@invariant
def numbers_given_once() -> Iterator[str]:
    """No two projects of a client and month have one number, and none was left out."""
    by_month = Project.objects.order_by().values("client__code", "code_month")
    counted = by_month.annotate(
        count=Count("pk"), last=Max("code_number"), different=Count("code_number", distinct=True)
    )
    for row in counted.iterator():
        if not row["count"] == row["last"] == row["different"]:
            yield (
                f"The projects of {row['client__code']} in {row['code_month']:%Y-%m} are numbered "
                f"up to {row['last']}, but there are {row['count']}. {RESTORE}."
            )


@invariant
def projects_paid_before_cut() -> Iterator[str]:
    """The proof of payment is recorded of what was approved, and not before."""
    late = Q(status__in=UNPAID)
    wrong = Project.objects.filter(
        late & Q(pop_received=True) | ~late & ~Q(status="cancelled") & Q(pop_received=False)
    )
    for code, status in wrong.values_list("project_code", "status").iterator():
        yield f"The project {code} is “{status}”, which its proof of payment denies. {RESTORE}."


@invariant
def completed_projects_have_their_day() -> Iterator[str]:
    """A project has the day of its completion if and only if it is completed."""
    done = Q(status=ProjectStatus.COMPLETED)
    wrong = Project.objects.filter(
        done & Q(completion_date=None) | ~done & ~Q(completion_date=None)
    )
    for code, status in wrong.values_list("project_code", "status").iterator():
        yield f"The project {code} is “{status}”, which its day of completion denies. {RESTORE}."


@invariant
def files_are_there() -> Iterator[str]:
    """Every drawing and document has its file, of the size it came with; pictures and logo, too."""
    for place in PLACES:
        label = place.model._meta.verbose_name
        for pk, name, fault in damaged(place):
            yield f"The file {name} of the {label} {pk} {fault}. {place.remedy}."


@invariant
def no_file_serves_two() -> Iterator[str]:
    """No stored file belongs to two rows."""
    for place in PLACES:
        twice = place.rows().order_by().values(place.column).annotate(times=Count("pk"))
        for row in twice.filter(times__gt=1).iterator():
            yield f"The file {row[place.column]} belongs to {row['times']} rows. {RESTORE}."


@invariant
def no_file_is_left_over() -> Iterator[str]:
    """No stored file older than a day belongs to nothing."""
    for place in PLACES:
        for name in left_over(place):
            yield (
                f"The file {name} belongs to no {place.model._meta.verbose_name}, as after an "
                "interrupted upload. Where no backup was just restored, delete all such files: "
                "`.venv/bin/python manage.py sweep_files`."
            )


@invariant
def paper_numbers_go_on() -> Iterator[str]:
    """No quote or delivery note has a number that this year's next one will get."""
    shop, year = Shop.current(), clock.shop_today().year
    series = (
        (DocumentKind.QUOTE, shop.quote_prefix, shop.next_quote_number),
        (DocumentKind.DELIVERY_NOTE, shop.delivery_note_prefix, shop.next_delivery_note_number),
    )
    for kind, prefix, upcoming in series:
        number = paper_number(prefix, year, upcoming)
        if Document.objects.filter(number=number).exists():
            yield (
                f"The next {kind.label.lower()} would be {number}, which there is already. Set a "
                "higher number in the shop's settings."
            )


@invariant
def readings_fit_their_state() -> Iterator[str]:
    """A drawing that was read has its size, one that cannot be read tells why."""
    wrong = DesignFile.objects.filter(
        Q(read_state=ReadState.READY) & (Q(width_mm=None) | Q(height_mm=None))
        | Q(read_state=ReadState.UNREADABLE, read_problem="")
    )
    for pk, state in wrong.values_list("pk", "read_state").iterator():
        yield f"The drawing {pk} is “{state}”, but nothing was noted of it. Upload it again."


@invariant
def no_drawing_is_forgotten() -> Iterator[str]:
    """Drawings whose reading was interrupted are asked for again, by the clock."""
    if not Schedule.objects.filter(func=REREAD_JOB).exists():
        yield (
            "Nothing asks again for drawings whose reading was interrupted: the job by the clock "
            'is gone. Add it: `.venv/bin/python manage.py shell -c "from django_q.models import '
            f"Schedule; Schedule.objects.create(name='Read forgotten drawings', "
            f"func='{REREAD_JOB}', schedule_type='I', minutes=15)\"`."
        )


@invariant
def search_texts_are_true() -> Iterator[str]:
    """Every project and client is found by what it is made of."""
    yield from _wrong_texts(Project, ProjectText, project_texts)
    yield from _wrong_texts(Client, ClientText, client_texts)


def _wrong_texts(
    model: type[Model], kept: type[Model], made_of: Callable[[list[int]], dict[int, str]]
) -> Iterator[str]:
    ids = model._default_manager.order_by("pk").values_list("pk", flat=True)
    for batch in batches(ids.iterator()):
        rows = kept._default_manager.filter(pk__in=batch).values_list("pk", "text")
        stored = dict(rows)
        for pk, text in made_of(batch).items():
            if stored.get(pk) != text:
                yield (
                    f"The search does not find the {model._meta.verbose_name} {pk} by what it is. "
                    "Run `.venv/bin/python manage.py rebuild_search`."
                )
