"""Clients and parts as spreadsheets: what their columns mean, and what is wrong with a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from laseros.languages import Text, filled_in
from laseros.names import name_key
from operators_app.sheets import cells
from operators_app.sheets.cells import Lookup
from operators_app.sheets.kinds import Column, InAnyCase, SheetKind, Values, labelled, register
from projects_app.models import Client, Part
from projects_app.verbs.numbers import next_number, number_client, number_part


def unknown_client(name: str) -> Text:
    """Return what is said of a client that nobody knows, or that several are called by."""
    said = gettext_lazy("There is no client “%(name)s”, or there are several; give the code.")
    return filled_in(said, name=name)


class ClientSheet(InAnyCase):
    """Who orders; a row is known by its code, or without one by its name in any case."""

    model = Client
    key_column, code_column = "name", "code"
    columns = (
        Column("code", labelled(Client, "code"), "code", cells.Cell(),
               also=("Client code", "Client no", "Client number", "Kundennummer", "Kunden-Nr",
                     "Kundencode", "Nr", "No")),
        Column("name", gettext_lazy("Name"), "name", cells.Cell(), required=True,
               also=("Client", "Client name", "Customer", "Company", "Kunde", "Firma",
                     "Kundenname", "Firmenname")),
        Column("contact_person", gettext_lazy("Contact person"), "contact_person", cells.Cell(),
               also=("Contact", "Ansprechpartner", "Kontakt", "Kontaktperson")),
        Column("email", gettext_lazy("E-mail"), "email", cells.Cell(),
               also=("Email", "Mail", "E-mail address", "E-Mail-Adresse")),
        Column("phone", labelled(Client, "phone"), "phone", cells.Cell(),
               also=("Telephone", "Tel", "Mobile", "Telefon", "Telefonnummer", "Handy")),
        Column("address", gettext_lazy("Address"), "address", cells.LongText(),
               also=("Adresse", "Anschrift", "Postal address")),
        Column("notes", gettext_lazy("Notes"), "notes", cells.LongText(),
               also=("Note", "Remarks", "Comment", "Notizen", "Bemerkung", "Bemerkungen")),
        Column("is_active", gettext_lazy("Active"), "is_active", cells.YesNo(),
               also=("Aktiv", "In use")),
    )  # fmt: skip

    def number_new(self, rows: Sequence[Any]) -> None:
        """Give new clients the next codes."""
        for number, row in enumerate(rows, next_number(Client)):
            number_client(row, number)


class PartSheet(SheetKind):
    """Products; a row is known by its part number, or without one by its name and its client."""

    model = Part
    key_column, code_column = "name", "part_number"
    columns = (
        Column("part_number", gettext_lazy("Part number"), "part_number", cells.Cell(),
               also=("Part no", "Number", "No", "Teilenummer", "Teile-Nr", "Artikelnummer", "Nr")),
        Column("name", gettext_lazy("Name"), "name", cells.Cell(), required=True,
               also=("Part", "Part name", "Product", "Teil", "Teilename", "Artikel",
                     "Bezeichnung")),
        Column("client", gettext_lazy("Client"), "client_id",
               cells.Reference(name_key, unknown_client),
               also=("Client name", "Customer", "Kunde", "Firma", "Client code")),
        Column("description", gettext_lazy("Description"), "description", cells.LongText(),
               also=("Beschreibung", "Notes", "Remarks", "Bemerkung")),
        Column("is_active", gettext_lazy("Active"), "is_active", cells.YesNo(),
               also=("Aktiv", "In use")),
    )  # fmt: skip

    def look_up(self) -> dict[str, Lookup]:
        """Return the clients by code, and by name where that means one of them."""
        rows = list(Client.objects.order_by().values_list("pk", "code", "name"))
        called = Counter(name_key(name) for _pk, _code, name in rows)
        alone = {name_key(name): pk for pk, _code, name in rows if called[name_key(name)] == 1}
        ids = alone | {name_key(code): pk for pk, code, _name in rows}
        names = {pk: name if name_key(name) in alone else code for pk, code, name in rows}
        return {"client": Lookup(ids, names)}

    def prepare(self, rows: Any) -> None:
        """Know the parts of a name by their clients, too."""
        super().prepare(rows)
        stored: Any = [part for same in self.by_key.values() for part in same]
        for part in stored:
            self.by_key.setdefault((part.name, part.client_id), []).append(part)

    def given_key(self, values: Values) -> Any:
        """Return the name; with the client, if the sheet tells any."""
        name = values.get("name")
        return (name, values["client"]) if "client" in values else name

    def twin_key(self, values: Values) -> Any:
        """Return what two rows of a sheet must not have in common: a client's part's name."""
        return values.get("name") and (values.get("name"), values.get("client"))

    def number_new(self, rows: Sequence[Any]) -> None:
        """Give new parts the next numbers."""
        for number, row in enumerate(rows, next_number(Part)):
            number_part(row, number)


register(ClientSheet)
register(PartSheet)
