"""The admin of the shop itself: one row, which opens at once."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldBooleanWidget,
)

from laseros.errors import InvalidInput
from laseros.numbers import plain_number
from operators_app.admin_actions import verb_call
from operators_app.admin_base import VerbModelAdmin, seen_version
from operators_app.admin_inlines import form_changes
from projects_app.logos import redrawn, stored_logo
from projects_app.models import WEEKDAYS, Shop
from projects_app.models.shop import LEAST_HOURS
from projects_app.shown_files import shown
from projects_app.verbs.shop import save_shop


class ShopForm(forms.ModelForm):  # type: ignore[type-arg]
    """The shop, its working days as boxes to tick."""

    logo_upload = forms.FileField(
        label=_("New logo"), required=False, widget=UnfoldAdminFileFieldWidget,
        help_text=_("PNG or JPEG; stands at the head of quotes and delivery notes."),
    )  # fmt: skip
    logo_remove = forms.BooleanField(label=_("No logo"), required=False, widget=UnfoldBooleanWidget)
    workdays = forms.TypedMultipleChoiceField(
        label=_("Working days"), choices=WEEKDAYS, coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hours := self.fields.get("workday_hours"):  # a viewer sees it without a box
            least = _("A working day has at least %(hours)s hours.")
            hours.error_messages["min_value"] = least % {"hours": plain_number(LEAST_HOURS)}

    def clean_logo_upload(self) -> bytes | None:
        """Return the picture drawn anew; refuse what is none."""
        upload = self.cleaned_data.get("logo_upload")
        if not upload:
            return None
        try:
            return redrawn(upload)
        except InvalidInput as refusal:
            raise ValidationError(str(refusal.message)) from refusal


@admin.register(Shop)
class ShopAdmin(VerbModelAdmin):
    """What stands on the shop's papers, and when it works; an admin changes it."""

    form = ShopForm
    readonly_fields = ("logo_shown", "created_at", "updated_at", "last_entry")
    fieldsets = (
        (None, {"fields": ("name", "address", "email", "phone")}),
        (_("Quotes and delivery notes"), {
            "fields": ("logo_shown", ("logo_upload", "logo_remove"),
                       ("tax_number", "vat_percent"), "bank_details",
                       "quote_validity_days", "quote_terms", "paper_footer",
                       ("quote_prefix", "next_quote_number"),
                       ("delivery_note_prefix", "next_delivery_note_number")),
            "description": _("What stands on the papers that a project's page makes."),
        }),
        (_("Working time"), {
            "fields": (("workday_start", "workday_hours"), "workdays", "laser_count"),
            "description": _("The queue's load and the finishing dates are reckoned with these."),
        }),
        (_("Record"), {"fields": ("created_at", "updated_at", "last_entry")}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what changes something where nothing may be changed; tell the days in words."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        instead: dict[Any, Any] = {("logo_upload", "logo_remove"): None,
                                   "workdays": "workdays_shown"}  # fmt: skip
        return [
            (title, {**told, "fields": [
                one for one in (instead.get(name, name) for name in told["fields"]) if one
            ]})
            for title, told in fieldsets
        ]  # fmt: skip

    @display(description=_("working days"))
    def workdays_shown(self, shop: Shop) -> str:
        """The working days by their names."""
        return ", ".join(str(name) for day, name in WEEKDAYS if day in shop.workdays)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one shop."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one row."""
        return HttpResponseRedirect(self.change_url(1))

    def get_urls(self) -> list[Any]:
        """Add the logo's picture."""
        view = self.admin_site.admin_view(self.logo_view)
        return [path("logo/", view, name="projects_app_shop_logo"), *super().get_urls()]

    def logo_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the logo."""
        shop = Shop.current()
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            file = shop.logo.open("rb") if shop.logo else None
        except FileNotFoundError:
            file = None
        if file is None:
            raise Http404
        return shown(file, "image/png")

    @display(description=_("logo"))
    def logo_shown(self, shop: Shop) -> SafeString | str:
        """The logo as it is printed."""
        if not shop.logo:
            return "–"
        address = f"{reverse('admin:projects_app_shop_logo')}?{shop.seq}"
        return format_html(
            '<img class="bg-white p-2 rounded-default" style="max-height:6rem" src="{}" alt="{}">',
            address,
            _("The shop's logo"),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store a new logo before the transaction begins: the disk may be slow, or far away."""
        picture = form.cleaned_data.get("logo_upload")
        with stored_logo(picture) if picture else nullcontext() as form.new_logo:
            super().save_related(request, form, formsets, change)

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> int:
        """Save through the verb that only an admin has."""
        call, changes = verb_call(request), form_changes(form, change)
        call["updated_at"] = seen_version(request)
        if form.new_logo:
            changes["logo"] = form.new_logo
        elif form.cleaned_data.get("logo_remove"):
            changes["logo"] = ""
        return int(save_shop(changes, **call).data["id"])
