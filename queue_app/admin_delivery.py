"""The dialog that makes a delivery note: how many of each part go out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from laseros import clock
from laseros.languages import Text, filled_in
from laseros.ranges import MOST_PIECES
from operators_app.admin_actions import row_dialog
from operators_app.admin_asking import AskingForm, Doubt, doubted_day
from operators_app.admin_days import DayField
from operators_app.admin_numbers import LocalIntegerField
from operators_app.verbs import Call, Outcome
from projects_app.admin_papers import NoteMixin, tell_of_paper
from projects_app.delivered import NO_LIST, delivered_of, gone_of, left_of
from projects_app.models import Project, ProjectStatus
from projects_app.papers import Line, digest_of, lines_of
from projects_app.story import GONE_UNLISTED
from projects_app.verbs.papers import LIST_CHANGED, NOTHING_TOLD, make_delivery_note
from queue_app.models import LaserRun, RunStatus
from queue_app.queries import parts_cut

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
UNCUT = _(
    "With this note %(every)s will have gone out, but the runs have cut only %(cut)s. Correct the "
    "numbers, or tick below that they are right."
)
CUT_OF_ALL = _(
    "Of all parts together the runs have cut %(cut)s; how many of each they do not tell."
)
OF_ORDERED = _("of %(ordered)s ordered")
OF_ORDERED_AND_GONE = _("of %(ordered)s ordered, %(gone)s delivered")
ONLY_GONE = _("%(gone)s delivered")


class DeliveryForm(AskingForm, NoteMixin):
    """How many of each part are delivered; proposes what is left, as far as it was cut."""

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
        self.cut = parts_cut(project.pk) if project else None
        proposed = self._proposed()
        for line in self.lines:
            self.fields[box_of(line)] = LocalIntegerField(
                label=" ".join(filter(None, (line.part_number, line.name))), required=False,
                min_value=0, max_value=MOST_PIECES,
                initial=proposed[box_of(line)], help_text=self._known_of(line),
            )  # fmt: skip
        self.order_fields([name for name in self.fields if name.startswith(FIELD)])

    def _ordered(self, line: Line) -> int | None:
        """Return how many of a part were ordered, where that is known."""
        return line.quantity if line.id or (self.project and self.project.parts_quantity) else None

    def _proposed(self) -> dict[str, int | None]:
        """Return how many are proposed for each box: what is left, as far as it was cut.

        Nothing where that would be doubted: fewer were cut, or some have gone out already, and of
        which of the parts is not known.
        """
        ordered = {line.part_id: self._ordered(line) for line in self.lines}
        if ordered == {None: None}:
            ordered = {None: self.cut or 1}
        left = left_of({part: count or 0 for part, count in ordered.items()}, self.gone)
        if self.cut is not None and len(left) == 1:
            there = max(self.cut - self.gone.total(), 0)
            left = {part: min(count, there) for part, count in left.items()}
        boxes = {box_of(line): left[line.part_id] for line in self.lines}
        is_doubted = any(boxes.values()) and any(self._too_many(boxes))
        return dict.fromkeys(boxes) if is_doubted else dict(boxes)

    def _known_of(self, line: Line) -> Text:
        """Say how many of a part were ordered and have gone out, as far as that is known."""
        told = {"ordered": self._ordered(line), "gone": gone_of(line.part_id, self.gone)}
        if told["ordered"] is None:
            return filled_in(ONLY_GONE, **told) if told["gone"] else ""
        return filled_in(OF_ORDERED_AND_GONE if told["gone"] else OF_ORDERED, **told)

    def render_before_template(self) -> str:
        """Say, above what was refused, what is known of all parts together and of none alone."""
        told: list[Text] = []
        if self.cut is not None and len(self.lines) > 1:
            told.append(filled_in(CUT_OF_ALL, cut=self.cut))
        if self.gone[NO_LIST] and self.lines and self.lines[0].id:
            told.append(filled_in(GONE_UNLISTED, gone=self.gone[NO_LIST]))
        known = format_html_join("", '<p class="mb-3">{}</p>', ((one,) for one in told))
        return known + super().render_before_template()

    def clean(self) -> dict[str, Any]:
        """Come back where the list, or what has gone out of it, is no longer what was shown."""
        sent = {name for name in self.data if name.startswith(FIELD)}
        shown, now = self.cleaned_data.get("shown_lines"), self.initial["shown_lines"]
        if self.asks and ((shown and shown != now) or not sent <= set(self.fields)):
            self.add_error(None, LIST_CHANGED)
            self._show_anew(now)
        elif not self.errors and not any(told_of(self.cleaned_data).values()):
            self.add_error(None, NOTHING_TOLD)
        return super().clean()

    def _show_anew(self, now: str) -> None:
        """Keep what was typed of the lines that are still there; propose the others' numbers."""
        data = {name: self.data[name] for name in self.data}
        for name, field in self.fields.items():
            if name.startswith(FIELD) and name not in data:
                data[name] = field.initial
        self.data = {**data, "shown_lines": now, "sure": ""}

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt more than was cut or ordered, with what has gone out before, and a far-off day."""
        yield from doubted_day("delivery_date", said["delivery_date"])
        if self.project and is_uncut(self.project):
            yield Doubt("uncut", NOTHING_CUT)
        yield from self._too_many(said)

    def _too_many(self, said: Mapping[str, Any]) -> Iterator[Doubt]:
        every = sum(told_of(said).values()) + self.gone.total()
        if self.cut is not None and every > self.cut:
            yield Doubt(f"cut {every} {self.cut}", filled_in(UNCUT, every=every, cut=self.cut))
        yield from self._more_than_ordered(said)

    def _more_than_ordered(self, said: Mapping[str, Any]) -> Iterator[Doubt]:
        unlisted, every, ordered = self.gone[NO_LIST], 0, 0
        for line in self.lines:
            name, gone = box_of(line), gone_of(line.part_id, self.gone)
            told = said.get(name) or 0
            wanted = self._ordered(line)
            every, ordered = every + told + gone, ordered + line.quantity
            if wanted and told and told + gone > wanted:
                counts = {"told": told, "ordered": wanted, "gone": gone}
                key = f"{name} {told} {gone} {wanted}"
                yield Doubt(key, filled_in(TOO_MANY, **counts), name)
        is_listed = any(line.part_id for line in self.lines)
        if unlisted and is_listed and every + unlisted > ordered:
            counts = {"gone": unlisted, "ordered": ordered}
            yield Doubt(f"unlisted {every} {unlisted} {ordered}", filled_in(UNLISTED, **counts))


def is_uncut(project: Project) -> bool:
    """Tell whether a project that is not completed has no run; imported ones are without runs."""
    if project.status == ProjectStatus.COMPLETED:
        return False
    return not LaserRun.objects.filter(project=project, status=RunStatus.COMPLETED).exists()


def box_of(line: Line) -> str:
    """Return the name of the box for a line of the list of parts."""
    return f"{FIELD}{line.id or NO_LIST}"


def told_of(said: Mapping[str, Any]) -> dict[int | None, int]:
    """Return what the form says of each line of the list of parts, by its id."""
    return {
        None if name == f"{FIELD}{NO_LIST}" else int(name.removeprefix(FIELD)): number or 0
        for name, number in said.items()
        if name.startswith(FIELD)
    }


def _deliver(row: Project, said: dict[str, Any], call: Call) -> Outcome:
    return make_delivery_note(
        row.pk,
        told_of(said),
        shown=said["shown_lines"],
        delivery_date=said["delivery_date"],
        note=said["note"],
        **call,
    )


deliver_now = row_dialog(
    "deliver_now", _("Make delivery note"), _deliver, form_class=DeliveryForm,
    icon="local_shipping", variant=ActionVariant.PRIMARY, say=tell_of_paper,
)  # fmt: skip
