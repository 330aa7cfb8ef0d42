"""The search of the back office: projects and clients by all that they are known by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from laseros.search import all_in, folded, search_words
from projects_app.models import Client, DesignFile, Document, Project, ProjectPart, ProjectStatus

Row = TypeVar("Row", bound=Model)
LOOKED_AT = 50  # as many of the newest are put in order of how well they fit
SHOWN_PROJECTS = 8
SHOWN_CLIENTS = 4
PROJECT_COLUMNS = ("pk", "project_code", "name", "status", "due_date", "client__name")


@dataclass
class FoundProject:
    """A project that was found; `told` is the part or file that it was found by, if it was one."""

    pk: int
    code: str
    name: str
    status: str
    due_date: Any
    client: str
    told: str = ""

    @property
    def status_shown(self) -> str:
        """The status in the reader's language."""
        return str(ProjectStatus(self.status).label)

    def rank(self, words: list[str]) -> int:
        """Return how well it fits, from 0: its code, its name, its client, what else it has."""
        code, name, client = folded(self.code), folded(self.name), folded(self.client)
        if code in words or code == " ".join(words):
            return 0
        if any(code.startswith(word) or code.endswith(f" {word}") for word in words):
            return 1
        if name.startswith(" ".join(words)):
            return 2
        fits = [all_in(words, text) for text in (name, f"{code}\n {name}", f"{name}\n {client}")]
        return next((3 + place for place, one in enumerate(fits) if one), 6)


@dataclass
class Found:
    """What a query has found, the best first; `more` tells that there are more projects."""

    words: list[str]
    projects: list[FoundProject] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    more: bool = False


def searched(rows: QuerySet[Row], query: str) -> QuerySet[Row]:
    """Return the projects or clients that have all words of the query; none for no word."""
    words = search_words(query)
    for word in words:
        rows = rows.filter(search__text__holds=word)
    return rows if words else rows.none()


def find(query: str, projects: bool = True, clients: bool = True) -> Found:
    """Return what is found, in at most seven statements; the bools say what may be seen.

    Of more than LOOKED_AT projects the newest are looked at; one whose code was typed is always
    among them.
    """
    found = Found(search_words(query))
    if found.words and clients:
        rows = searched(Client.objects.order_by("-is_active", "name", "id"), query)
        found.clients = list(rows[:SHOWN_CLIENTS])
    if found.words and projects:
        rows_found = _projects(query, found.words)
        found.more = len(rows_found) > SHOWN_PROJECTS
        found.projects = rows_found[:SHOWN_PROJECTS]
        _tell_why(found.projects, found.words)
    return found


def _projects(query: str, words: list[str]) -> list[FoundProject]:
    keys = searched(Project.objects.order_by("-search__pk"), query).values("search__pk")
    ids = {row["search__pk"] for row in keys[:LOOKED_AT]}
    ids |= set(
        Project.objects.filter(project_code=query.strip().upper()).values_list("pk", flat=True)
    )
    rows = Project.objects.filter(pk__in=ids).order_by("-pk").values_list(*PROJECT_COLUMNS)
    return sorted((FoundProject(*row) for row in rows), key=lambda one: one.rank(words))


def _tell_why(projects: list[FoundProject], words: list[str]) -> None:
    """Note the part or file that a project was found by, where its own line does not show it."""
    puzzling = {
        one.pk: one
        for one in projects
        if not all_in(words, "\n ".join(map(folded, (one.code, one.name, one.client))))
    }
    if not puzzling:
        return
    lines = ProjectPart.objects.filter(project__in=puzzling).order_by("id")
    _note(puzzling, words, lines.values_list("project_id", "part__name", "part__part_number"))
    for model in (DesignFile, Document):
        files = model._default_manager.filter(project__in=puzzling).order_by("id")
        _note(puzzling, words, files.values_list("project_id", "original_filename"))


def _note(
    puzzling: dict[int, FoundProject], words: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    for pk, *names in rows:
        one, text = puzzling[pk], "\n ".join(map(folded, names))
        if not one.told and any(all_in([word], text) for word in words):
            one.told = names[0]
