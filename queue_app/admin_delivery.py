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
from operators_app.admin_actions import row_dialog
from operators_app.admin_asking import AskingForm, Doubt
from operators_app.admin_days import DayWidget
from operators_app.verbs import Call, Outcome
from projects_app.admin_papers import NoteMixin, tell_of_paper
from projects_app.delivered import NO_LINE, delivered_of, key_of
from projects_app.models import Project
from projects_app.papers import lines_of
from projects_app.verbs.papers import make_delivery_note
from queue_app.models import LaserRun, RunStatus

FIELD = "quantity_"
TOO_MANY = _(
    "%(told)s are to go out, but of %(ordered)s ordered %(gone)s have gone out already. Correct "
    "the number, or tick below that it is right."
)


class DeliveryForm(AskingForm, NoteMixin):
    """How many of each part are delivered; proposes what is left, or was cut of the only part."""

    delivery_date = forms.DateField(label=_("date"), initial=clock.shop_today, widget=DayWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = str(self.object_id).isdecimal()
        project = Project.objects.filter(pk=self.object_id).first() if known else None
        self.lines = lines_of(project) if project else ()
        self.gone = delivered_of(project.pk) if project else Counter()
        for line in self.lines:
            made = made_of(project) if project and len(self.lines) == 1 else None
            left = (made or line.quantity) - self.gone[key_of(line.id)]
            self.fields[f"{FIELD}{key_of(line.id)}"] = forms.IntegerField(
                label=" ".join(filter(None, (line.part_number, line.name))), required=False,
                min_value=0, max_value=1_000_000, widget=UnfoldAdminIntegerFieldWidget,
                initial=max(left, 0),
            )  # fmt: skip
        self.order_fields([name for name in self.fields if name.startswith(FIELD)])

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt more than was ordered, with what has gone out before."""
        for line in self.lines:
            name, gone = f"{FIELD}{key_of(line.id)}", self.gone[key_of(line.id)]
            told = said.get(name) or 0
            if line.quantity and told and told + gone > line.quantity:
                counts = {"told": told, "ordered": line.quantity, "gone": gone}
                yield Doubt(f"{name} {told}", filled_in(TOO_MANY, **counts), name)


def made_of(project: Project) -> int | None:
    """Return how many parts were cut: a run counts its parts together, whichever they are."""
    runs = LaserRun.objects.filter(project=project, status=RunStatus.COMPLETED)
    made: int | None = runs.aggregate(parts=Sum("parts_produced"))["parts"]
    return made


def _deliver(row: Project, said: dict[str, Any], call: Call) -> Outcome:
    quantities = {
        None if name == f"{FIELD}{NO_LINE}" else int(name.removeprefix(FIELD)): number or 0
        for name, number in said.items()
        if name.startswith(FIELD)
    }
    return make_delivery_note(
        row.pk, quantities, delivery_date=said["delivery_date"], note=said["note"], **call
    )


deliver_now = row_dialog(
    "deliver_now", _("Make delivery note"), _deliver, form_class=DeliveryForm,
    icon="local_shipping", variant=ActionVariant.PRIMARY, say=tell_of_paper,
)  # fmt: skip
