"""What the home page is made of: sections of lines, each with what settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet, Value, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode

from operators_app.admin_actions import BACK
from projects_app.admin_story import place_to_fill
from projects_app.models import Project

MOST_LINES = 5


def hours_text(minutes: int) -> str:
    """Return minutes as hours with one decimal, as the reader's language writes it: 1.678,3."""
    return number_format(round(minutes / 60, 1), decimal_pos=1, force_grouping=True)


def number_text(number: int) -> str:
    """Return a whole number as the reader's language groups it."""
    return number_format(number, force_grouping=True)


@dataclass(frozen=True, slots=True)
class Button:
    """What settles a line: a link, or a dialog that opens on the spot."""

    text: Any
    url: str
    is_dialog: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to look at: what it is, where it is, what is the matter, and what settles it."""

    title: str
    url: str
    detail: str = ""
    label: str = ""
    tone: str = "neutral"
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """The first lines of a list, how many there are in all, and the list's address.

    `repeated` of them are not told here, for they are among the lines of a graver section.
    """

    key: str
    title: Any
    icon: str
    tone: str
    total: int
    url: str
    lines: Sequence[Line] = field(default=())
    repeated: int = 0

    @property
    def more(self) -> int:
        """How many rows of the list are not shown, here or above."""
        return self.total - self.repeated - len(self.lines)


class Reader:
    """Whoever looks at the page: knows what they may open and change, and the addresses of it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def sees(self, model: type[Model]) -> bool:
        """Whether they may open the model's list."""
        return bool(admin.site.get_model_admin(model).has_view_permission(self.request))

    def changes(self, model: type[Model], right: str = "change") -> bool:
        """Whether they may change rows of the model, or have another of its admin's rights."""
        of_model: Any = admin.site.get_model_admin(model)
        return bool(getattr(of_model, f"has_{right}_permission")(self.request))

    def listing(self, model: type[Model], **query: Any) -> str:
        """Return the address of a list, filtered."""
        address = _address(model, "changelist")
        return f"{address}?{urlencode(query)}" if query else address

    def row(self, model: type[Model], pk: Any) -> str:
        """Return the address of a row's page."""
        return _address(model, "change", pk)

    def dialogs(
        self, model: type[Model], pk: Any, *offers: tuple[str, Any], right: str = "change"
    ) -> list[Button]:
        """Return a button for each (action, text) of a row's page; none to whoever may not."""
        if not self.changes(model, right):
            return []
        return [Button(text, _address(model, name, pk), is_dialog=True) for name, text in offers]

    def link(self, model: type[Model], pk: Any, text: Any, right: str = "change") -> list[Button]:
        """Return a button to a row's page for whoever may do something about it there.

        What is saved there leads back to the home page.
        """
        if not self.changes(model, right):
            return []
        query = urlencode({BACK: reverse("admin:index")})
        return [Button(text, f"{self.row(model, pk)}?{query}")]

    def fill_in(self, project_id: int, what: str, text: Any) -> list[Button]:
        """Return a button to what is to be filled in of a project; saving leads back here."""
        if not self.changes(Project):
            return []
        return [Button(text, place_to_fill(project_id, what, reverse("admin:index")))]


def _address(model: type[Model], page: str, *args: Any) -> str:
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)


def first_lines(
    rows: QuerySet[Any],
    topic: str,
    order: Sequence[Any],
    columns: Sequence[Any],
    most: int = MOST_LINES,
) -> Any:
    """Return the first rows as (topic, how many there are in all, place, *columns).

    To be joined with others by `union`: so that a page of many sections takes few statements.
    """
    numbered = rows.order_by().annotate(
        topic=Value(topic),
        total=Window(Count(Value(1))),
        place=Window(RowNumber(), order_by=list(order)),
    )
    return numbered.filter(place__lte=most).values_list("topic", "total", "place", *columns)


def by_topic(parts: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the rows of all parts by topic, in their order, in one statement."""
    if not parts:
        return {}
    found: dict[str, list[Any]] = {}
    for row in sorted(parts[0].union(*parts[1:], all=True), key=lambda row: row[2]):
        found.setdefault(row[0], []).append(row)
    return found
