"""Keeps what projects and clients are found by in step with them, within each verb."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Model
from django.dispatch import receiver

from laseros.search import search_text
from operators_app.signals import rows_written
from operators_app.verbs import Run
from projects_app.models import (
    Client,
    ClientText,
    DesignFile,
    Document,
    Part,
    Project,
    ProjectPart,
    ProjectText,
)

BATCH = 500
# The columns that a text is made of, by the log's names of the tables.
TOLD: dict[str, frozenset[str]] = {
    "client": frozenset({"code", "name", "contact_person", "email", "phone"}),
    "part": frozenset({"part_number", "name"}),
    "project": frozenset({"project_code", "name", "client_id", "description"}),
    "projectpart": frozenset({"project_id", "part_id"}),
    "designfile": frozenset({"project_id", "original_filename"}),
    "document": frozenset({"project_id", "original_filename"}),
}
MODELS: dict[str, type[Model]] = {
    "client": Client, "part": Part, "project": Project, "projectpart": ProjectPart,
    "designfile": DesignFile, "document": Document,
}  # fmt: skip


@receiver(rows_written, dispatch_uid="keep_search_texts")
def keep_search_texts(sender: type[Run], run: Run, **kwargs: Any) -> None:
    """Write the texts anew that a verb has changed something of."""
    changed = _changed(run)
    if not changed:
        return
    write_clients(changed["client"])
    projects = changed["project"]
    if changed["client"]:
        theirs = Project.objects.filter(client__in=changed["client"])
        projects |= set(theirs.values_list("pk", flat=True))
    if changed["part"]:
        lines = ProjectPart.objects.filter(part__in=changed["part"])
        projects |= set(lines.values_list("project_id", flat=True))
    write_projects(projects)


def _changed(run: Run) -> dict[str, set[int]]:
    """Return the ids of clients, parts and projects that a verb changed something told of."""
    changed: dict[str, set[int]] = defaultdict(set)
    if run.target.type in MODELS and any(":" not in key for key in run.after):
        _add_stamped(run, changed)  # many rows at once, and not all of them named
    for key, told in run.after.items():
        kind, _, pk = key.partition(":")
        if not pk or kind not in TOLD:
            continue
        was, now = run.before.get(key) or {}, told or {}
        if not TOLD[kind] & {*was, *now}:
            continue
        if kind in {"client", "part", "project"}:
            changed[kind].add(int(pk))
            continue
        named = {int(told["project_id"]) for told in (was, now) if "project_id" in told}
        changed["project"] |= named or set(_project_of(MODELS[kind], int(pk)))
    return changed


def _add_stamped(run: Run, changed: dict[str, set[int]]) -> None:
    """Add the rows that carry the number of this verb's entry."""
    kind = run.target.type
    column = "pk" if kind in {"client", "part", "project"} else "project_id"
    rows = MODELS[kind]._default_manager.filter(seq=run.seq)
    changed[kind if column == "pk" else "project"] |= set(rows.values_list(column, flat=True))


def _project_of(model: type[Model], pk: int) -> Iterable[int]:
    return model._default_manager.filter(pk=pk).values_list("project_id", flat=True)


def write_projects(projects: Iterable[int]) -> None:
    """Write the texts of these projects, four statements and one for a few hundred."""
    for batch in batches(projects):
        rows = [ProjectText(project_id=pk, text=text) for pk, text in project_texts(batch).items()]
        ProjectText.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["project"], update_fields=["text"]
        )


def write_clients(clients: Iterable[int]) -> None:
    """Write the texts of these clients."""
    for batch in batches(clients):
        rows = [ClientText(client_id=pk, text=text) for pk, text in client_texts(batch).items()]
        ClientText.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["client"], update_fields=["text"]
        )


def write_all() -> None:
    """Write the texts of all projects and clients: what `manage.py rebuild_search` does."""
    write_clients(Client.objects.order_by().values_list("pk", flat=True))
    write_projects(Project.objects.order_by().values_list("pk", flat=True))


def project_texts(projects: list[int]) -> dict[int, str]:
    """Return what each of these projects is found by."""
    columns = ("pk", "project_code", "name", "client__code", "client__name", "description")
    rows = Project.objects.filter(pk__in=projects).values_list(*columns)
    fields: dict[int, list[str]] = {pk: told for pk, *told in rows}
    descriptions = {pk: told.pop() for pk, told in fields.items()}
    parts = ProjectPart.objects.filter(project__in=projects).order_by("id")
    for pk, number, name in parts.values_list("project_id", "part__part_number", "part__name"):
        fields[pk] += [number, name]
    for model in (DesignFile, Document):
        files = model._default_manager.filter(project__in=projects).order_by("id")
        for pk, name in files.values_list("project_id", "original_filename"):
            fields[pk].append(name)
    return {
        pk: search_text([*dict.fromkeys(told), descriptions[pk]]) for pk, told in fields.items()
    }


def client_texts(clients: list[int]) -> dict[int, str]:
    """Return what each of these clients is found by."""
    columns = ("pk", "code", "name", "contact_person", "email", "phone")
    rows = Client.objects.filter(pk__in=clients).values_list(*columns)
    return {pk: search_text(told) for pk, *told in rows}


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """Return ids a few hundred at a time: as many as one statement takes."""
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
