"""Operators as a spreadsheet. Their logins are never in it: an import makes no account."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from operators_app.models import Operator
from operators_app.sheets import cells
from operators_app.sheets.kinds import Column, InAnyCase, labelled, register


@register
class OperatorSheet(InAnyCase):
    """The people who cut; a row is known by its employee id in any case."""

    model = Operator
    key_column = "employee_id"
    columns = (
        Column("employee_id", gettext_lazy("Employee id"), "employee_id", cells.Cell(),
               required=True,
               also=("Employee no", "Employee number", "Staff id", "Id", "Personalnummer",
                     "Personal-Nr", "Mitarbeiternummer")),
        Column("name", gettext_lazy("Name"), "name", cells.Cell(), required=True,
               also=("Operator", "Full name", "Employee", "Mitarbeiter", "Bediener",
                     "Vor- und Nachname")),
        Column("email", gettext_lazy("E-mail"), "email", cells.Cell(),
               also=("Email", "Mail", "E-mail address", "E-Mail-Adresse")),
        Column("phone", labelled(Operator, "phone"), "phone", cells.Cell(),
               also=("Telephone", "Tel", "Mobile", "Telefon", "Handy")),
        Column("is_active", gettext_lazy("Active"), "is_active", cells.YesNo(),
               also=("Aktiv", "Employed", "Beschäftigt")),
    )  # fmt: skip
