"""The dialog that makes a delivery note: how many of each part go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from laseros import clock
from laseros.languages import filled_in
from laseros.ranges import MOST_PIECES
from operators_app.admin_actions import row_dialog
from operators_app.admin_asking import AskingForm, Doubt
from operators_app.admin_days import DayField
from operators_app.verbs import Call, Outcome
from projects_app.admin_papers import NoteMixin, tell_of_paper
from projects_app.delivered import NO_LIST, delivered_of, gone_of, left_of
from projects_app.models import Project, ProjectStatus
from projects_app.papers import digest_of, lines_of
from projects_app.verbs.papers import LIST_CHANGED, make_delivery_note
from queue_app.models import LaserRun, RunStatus

FIELD = "quantity_"
NOTHING_CUT = _(
    "Nothing of this project has been cut yet by the runs; tick below if parts go out all the same."
)
TOO_MANY = _(
    "%(told)s are to go out, but of %(ordered)s ordered %(gone)s have gone out already. Correct "
    "the number, or tick below that it is right."
)
UNLISTED = _(
    "%(gone)s have gone out already that no list of parts tells apart, of %(ordered)s ordered. "
    "Correct the numbers, or tick below that they are right."
)


class DeliveryForm(AskingForm, NoteMixin):
    """How many of each part are delivered; proposes what is left, or was cut of the only part."""

    delivery_date = DayField(label=_("date"), initial=clock.shop_today)
    shown_lines = forms.CharField(
        label=_("list of parts"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()
        project = Project.objects.filter(pk=self.object_id).first() if known else None
        self.project = project
        self.lines = lines_of(project) if project else ()
        self.gone = delivered_of(project.pk) if project else Counter()
        self.initial["shown_lines"] = digest_of(self.lines, self.gone)
        made = made_of(project) if project and len(self.lines) == 1 else None
        left = left_of({line.part_id: made or line.quantity for line in self.lines}, self.gone)
        for line in self.lines:
            self.fields[f"{FIELD}{line.id or NO_LIST}"] = forms.IntegerField(
                label=" ".join(filter(None, (line.part_number, line.name))), required=False,
                min_value=0, max_value=MOST_PIECES, widget=UnfoldAdminIntegerFieldWidget,
                initial=left[line.part_id],
            )  # fmt: skip
        self.order_fields([name for name in self.fields if name.startswith(FIELD)])

    def clean(self) -> dict[str, Any]:
        """Come back where the list, or what has gone out of it, is no longer what was shown."""
        sent = {name for name in self.data if name.startswith(FIELD)}
        shown, now = self.cleaned_data.get("shown_lines"), self.initial["shown_lines"]
        if (shown and shown != now) or not sent <= set(self.fields):
            self.add_error(None, LIST_CHANGED)
            self._show_anew(now)
        return super().clean()

    def _show_anew(self, now: str) -> None:
        """Keep what was typed of the lines that are still there; propose the others' numbers."""
        data = {name: self.data[name] for name in self.data}
        for name, field in self.fields.items():
            if name.startswith(FIELD) and name not in data:
                data[name] = field.initial
        self.data = {**data, "shown_lines": now, "sure": ""}

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt what was not cut, and more than was ordered, with what has gone out before."""
        if self.project and is_uncut(self.project):
            yield Doubt("uncut", NOTHING_CUT)
        yield from self._too_many(said)

    def _too_many(self, said: dict[str, Any]) -> Iterator[Doubt]:
        unlisted, every, ordered = self.gone[NO_LIST], 0, 0
        for line in self.lines:
            name, gone = f"{FIELD}{line.id or NO_LIST}", gone_of(line.part_id, self.gone)
            told = said.get(name) or 0
            every, ordered = every + told + gone, ordered + line.quantity
            if line.quantity and told and told + gone > line.quantity:
                counts = {"told": told, "ordered": line.quantity, "gone": gone}
                yield Doubt(f"{name} {told} {gone}", filled_in(TOO_MANY, **counts), name)
        is_listed = any(line.part_id for line in self.lines)
        if unlisted and is_listed and every + unlisted > ordered:
            counts = {"gone": unlisted, "ordered": ordered}
            yield Doubt(f"unlisted {every} {unlisted}", filled_in(UNLISTED, **counts))


def is_uncut(project: Project) -> bool:
    """Tell whether a project that is not completed has no run; imported ones are without runs."""
    if project.status == ProjectStatus.COMPLETED:
        return False
    return not LaserRun.objects.filter(project=project, status=RunStatus.COMPLETED).exists()


def made_of(project: Project) -> int | None:
    """Return how many parts were cut: a run counts its parts together, whichever they are."""
    runs = LaserRun.objects.filter(project=project, status=RunStatus.COMPLETED)
    made: int | None = runs.aggregate(parts=Sum("parts_produced"))["parts"]
    return made


def _deliver(row: Project, said: dict[str, Any], call: Call) -> Outcome:
    quantities = {
        None if name == f"{FIELD}{NO_LIST}" else int(name.removeprefix(FIELD)): number or 0
        for name, number in said.items()
        if name.startswith(FIELD)
    }
    return make_delivery_note(
        row.pk,
        quantities,
        shown=said["shown_lines"],
        delivery_date=said["delivery_date"],
        note=said["note"],
        **call,
    )


deliver_now = row_dialog(
    "deliver_now", _("Make delivery note"), _deliver, form_class=DeliveryForm,
    icon="local_shipping", variant=ActionVariant.PRIMARY, say=tell_of_paper,
)  # fmt: skip
