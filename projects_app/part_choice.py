"""The choice of a part in a project's form: the client's own and the shop's, or a new one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from projects_app.models import Part
from projects_app.queries import parts_for

OF_CLIENT = "of_client"


class PartSearch(AutocompleteSelect):
    """Looks for parts that a client's project may name."""

    client_id: int | None = None

    def get_url(self) -> str:
        """Return the address of the search, which tells whose parts are wanted."""
        address: str = super().get_url()
        return f"{address}?{urlencode({OF_CLIENT: self.client_id})}" if self.client_id else address


class PartPicker(RelatedFieldWidgetWrapper):
    """A search for a part beside a plain way to a new one, which comes back chosen."""

    template_name = "admin/projects/part_picker.html"
    client_id: int | None = None

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Let the form of a new part begin with its client."""
        context = super().get_context(name, value, attrs)
        if self.client_id and "url_params" in context:
            context["url_params"] += f"&{urlencode({'client': self.client_id})}"
        return context

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> str:
        """Render this shop's template: Django looks for those of widgets in the apps alone."""
        return render_to_string(template_name, context)


def picker_for(widget: RelatedFieldWidgetWrapper, client_id: int | None) -> PartPicker:
    """Return the picker of a project's client in place of the admin's own."""
    picker = PartPicker(
        widget.widget, widget.rel, widget.admin_site, can_add_related=widget.can_add_related
    )
    picker.client_id = client_id
    return picker


def of_the_client(request: HttpRequest, parts: QuerySet[Part]) -> QuerySet[Part]:
    """Return of some parts those that the search's client may have, the client's own first."""
    client = request.GET.get(OF_CLIENT, "")
    if not (client.isascii() and client.isdecimal() and len(client) < 19):
        return parts
    wanted = parts_for(int(client))
    return parts.filter(pk__in=wanted.order_by().values("pk")).order_by(*wanted.query.order_by)
