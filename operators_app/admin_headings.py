"""The table of headings: what those of workshops' sheets mean, besides what is known anyhow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from operators_app.admin_base import VerbModelAdmin
from operators_app.models import HeadingSynonym
from operators_app.sheets.headings import heading_key, own_headings
from operators_app.sheets.kinds import kinds


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of sheets."""
    return [(slug, kind().title.capitalize()) for slug, kind in kinds().items()]


class HeadingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A heading, the sheets it stands in, and what it means there."""

    class Meta:
        model = HeadingSynonym
        fields = ("kind", "heading", "column")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns: list[Any] = [("", _("– not read –"))]
        for kind in (make() for make in kinds().values()):
            choices = [(one.name, str(one.label)) for one in kind.columns]
            columns.append((kind.title.capitalize(), choices))
        if "kind" in self.fields:
            self.fields["kind"] = forms.ChoiceField(
                label=_("Sheets of"), choices=kind_choices(), widget=UnfoldAdminSelectWidget
            )
            self.fields["column"] = forms.ChoiceField(
                label=_("Means"), choices=columns, required=False, widget=UnfoldAdminSelectWidget,
                help_text=_("A column of the same sheets."))  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse to tell of a column's own name that it means something else: nobody would ask."""
        said: dict[str, Any] = super().clean() or {}
        kind = kinds().get(said.get("kind", ""))
        own = own_headings(kind()) if kind else {}
        name = own.get(heading_key(said.get("heading", "")))
        if kind and name is not None and name != said.get("column"):
            told = {"heading": said["heading"], "column": kind().by_name[name].label}
            refused = _("“%(heading)s” is always the column %(column)s in these sheets.") % told
            self.add_error("heading", refused)
        return said


@admin.register(HeadingSynonym)
class HeadingSynonymAdmin(VerbModelAdmin):
    """What headings of workshops' sheets mean, besides those that are known anyhow."""

    form = HeadingForm
    list_display = ("heading", "kind_shown", "means")
    list_filter = ("kind",)
    search_fields = ("heading",)
    readonly_fields = ("created_at", "updated_at", "last_entry")
    fieldsets = (
        (None, {"fields": ("kind", "heading", "column")}),
        (gettext_lazy("Record"), {"fields": readonly_fields}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show who may not change it what is meant, instead of what is stored."""
        blocks = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return blocks
        return ((None, {"fields": ("kind_shown", "heading", "means")}), *blocks[1:])

    @display(description=gettext_lazy("sheets of"), ordering="kind")
    def kind_shown(self, heading: HeadingSynonym) -> str:
        """Which sheets."""
        return dict(kind_choices()).get(heading.kind, heading.kind)

    @display(description=gettext_lazy("means"), ordering="column")
    def means(self, heading: HeadingSynonym) -> str:
        """The column, or that it is not read."""
        kind = kinds().get(heading.kind)
        column = kind().by_name.get(heading.column) if kind else None
        return str(column.label) if column else _("– not read –")
