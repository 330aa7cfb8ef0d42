"""The home page put together: one state of the shop, for one reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from operators_app.models import LogHead, Operator
from presets_app.models import MachineSettingsPreset
from projects_app.models import Client, Project, Shop
from queue_app.forecast import WorkingTime
from queue_app.home import charts, jobs, matters, projects
from queue_app.home.lines import Button, Reader, Section


@dataclass(frozen=True, slots=True)
class Home:
    """What the page shows; `head` is the state of the log that it tells of."""

    head: str
    bench: jobs.Bench
    load: jobs.Load
    projects: Sequence[Section]
    matters: Sequence[Section]
    charts: Sequence[charts.Chart]
    first_steps: Sequence[Button]

    @property
    def sections(self) -> list[Section]:
        """All that needs somebody."""
        return [*self.projects, *self.matters]


def home(request: HttpRequest) -> Home:
    """Return the page for whoever asks, in six statements."""
    reader = Reader(request)
    shop = _shop()
    bench, outlook = jobs.read(WorkingTime.of(shop), reader)
    return Home(
        head=f"{shop.epoch}:{shop.head}",
        bench=bench,
        load=jobs.load_of(outlook, reader),
        projects=projects.sections(outlook, reader),
        matters=matters.sections(reader),
        charts=charts.charts(reader),
        first_steps=_first_steps(shop, reader),
    )


def _shop() -> Any:
    """Return the shop with the log's head, and whether it has what work begins with."""
    head = LogHead.objects.filter(pk=1)
    models: tuple[type[Model], ...] = (MachineSettingsPreset, Client, Operator, Project)
    begun = {_begun(model): Exists(model._default_manager.all()) for model in models}
    return Shop.objects.annotate(
        head=Subquery(head.values("seq")), epoch=Subquery(head.values("epoch")), **begun
    ).get(pk=1)


def _begun(model: type[Model]) -> str:
    return f"has_{model._meta.model_name}"


def _first_steps(shop: Any, reader: Reader) -> list[Button]:
    """Return what to do first in a shop that has not begun; what is done already is left out."""
    steps: list[tuple[type[Model], str, str]] = [
        (MachineSettingsPreset, "import", _("Import presets from a spreadsheet")),
        (Operator, "add", _("Create an operator")),
        (Client, "add", _("Add a client")),
        (Project, "add", _("Add a project")),
    ]
    return [
        Button(text, reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"))
        for model, page, text in steps
        if not getattr(shop, _begun(model))
        and admin.site.get_model_admin(model).has_add_permission(reader.request)
    ]
