"""The dialog that makes a quote, and the e-mail that a paper is sent with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
)

from laseros import clock
from laseros.languages import shop_language
from operators_app.admin_actions import row_dialog
from operators_app.admin_asking import AskingForm, Doubt, doubted_day
from operators_app.admin_days import DayField
from operators_app.admin_numbers import LocalDecimalField
from operators_app.verbs import Call, Outcome
from projects_app.models import Client, Document, DocumentKind, Project, Shop
from projects_app.verbs.papers import make_quote

FREE = gettext_lazy("This price is 0. Correct it, or tick below that it is right.")


class NoteMixin(forms.Form):
    """Something to add."""

    note = forms.CharField(
        label=gettext_lazy("note on the paper"), required=False, max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )  # fmt: skip


class QuoteForm(AskingForm, NoteMixin):
    """Price and dates of a quote; proposes what is known."""

    price = LocalDecimalField(min_value=0, max_digits=12, decimal_places=2)
    quote_date = DayField(label=gettext_lazy("date"), initial=clock.shop_today)
    valid_until = DayField(label=gettext_lazy("valid until"))
    field_order = ("price", "quote_date", "valid_until", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shop, known = Shop.current(), str(self.object_id).isdecimal()
        self.fields["price"].label = price_label(shop)
        validity = dt.timedelta(days=shop.quote_validity_days)
        self.initial["valid_until"] = clock.shop_today() + validity
        if known:
            prices = Project.objects.filter(pk=self.object_id).values_list("quoted_price")
            self.initial["price"] = next((price for (price,) in prices), None)

    def doubts(self, said: dict[str, Any]) -> Iterator[Doubt]:
        """Doubt a price of nought, and far-off days unless the shop's own validity leads there."""
        if not said["price"]:
            yield Doubt("price 0", FREE, "price")
        yield from doubted_day("quote_date", said["quote_date"])
        if said["valid_until"] != self.initial["valid_until"]:
            yield from doubted_day("valid_until", said["valid_until"])


def price_label(shop: Shop) -> str:
    """Return the caption of a quote's price: the currency, and whether VAT comes on top."""
    if not shop.vat_percent:
        return _("price (%(currency)s)") % {"currency": settings.CURRENCY}
    return _("price without VAT (%(currency)s)") % {"currency": settings.CURRENCY}


def _quote(row: Project, said: dict[str, Any], call: Call) -> Outcome:
    return make_quote(
        row.pk, said["price"], quote_date=said["quote_date"], valid_until=said["valid_until"],
        note=said["note"], **call,
    )  # fmt: skip


def tell_of_paper(outcome: Outcome) -> SafeString:
    """Say which paper was made, with a link that opens it and one that writes to the client."""
    told = outcome.data["document"]
    document = Document.objects.select_related("project__client").get(pk=told["id"])
    address = reverse("admin:projects_app_document_open", args=(document.pk,))
    made = _("%(paper)s was made.") % {"paper": document.original_filename}
    letter = mail_link(document, document.project, document.project.client, Shop.current())
    links = [(address, pgettext("link", "Open"))] + (
        [(letter, _("Write the e-mail"))] if letter else []
    )
    anchors = format_html_join("", ' <a class="underline" href="{}">{}</a>', links)
    return format_html("{}{}", made, anchors)


def mail_link(document: Document, project: Project, client: Client, shop: Shop) -> str:
    """Return a link that begins an e-mail with this paper to the client; none without an address.

    In the shop's language, as the paper is. A link cannot attach the file; nothing is sent here.
    """
    if not client.email or document.kind not in {DocumentKind.QUOTE, DocumentKind.DELIVERY_NOTE}:
        return ""
    with shop_language():
        said = {
            "kind": document.get_kind_display(), "number": document.number,
            "code": project.project_code, "name": project.name,
            "person": client.contact_person or client.name, "shop": shop.name,
        }  # fmt: skip
        subject = _("%(kind)s %(number)s: %(name)s (%(code)s)") % said
        body = _(
            "Dear %(person)s,\n\nplease find attached %(kind)s %(number)s for “%(name)s”.\n\n"
            "Kind regards,\n%(shop)s"
        )
    text = (body % said).replace("\n", "\r\n")
    return f"mailto:{quote(client.email, safe='@')}?subject={quote(subject)}&body={quote(text)}"


make_quote_now = row_dialog(
    "make_quote_now", gettext_lazy("Make quote"), _quote, form_class=QuoteForm,
    icon="request_quote", variant=ActionVariant.PRIMARY, say=tell_of_paper,
)  # fmt: skip
