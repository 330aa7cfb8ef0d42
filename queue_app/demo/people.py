"""The demo shop's accounts. All names are invented; no telephone network has the area code 00."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from operators_app.models import Operator, Role, User
from operators_app.verbs import edit, save_account
from queue_app.demo.stage import Stage

PASSWORD = settings.DEMO_PASSWORD


class Person(NamedTuple):
    """An account, its role, and the employee id of its operator profile, if it has one."""

    username: str
    role: Role
    first_name: str
    last_name: str
    employee_id: str = ""
    phone: str = ""


PEOPLE = [
    Person("admin", Role.ADMIN, "Nomsa", "Khumalo", "OP-005", "+27 00 555 0105"),
    Person("manager", Role.MANAGER, "Pieter", "van Wyk", "OP-004", "+27 00 555 0104"),
    Person("operator1", Role.OPERATOR, "Sipho", "Ndlovu", "OP-001", "+27 00 555 0101"),
    Person("operator2", Role.OPERATOR, "Anja", "Botha", "OP-002", "+27 00 555 0102"),
    Person("operator3", Role.OPERATOR, "Yusuf", "Adams", "OP-003", "+27 00 555 0103"),
    Person("viewer", Role.VIEWER, "Grace", "Molefe"),
]


def add_people(stage: Stage) -> None:
    """Make the accounts, the system acting, and let them act from then on."""
    for person in PEOPLE:
        _add_account(stage, person)


def _add_account(stage: Stage, person: Person) -> None:
    email = f"{person.username}@laseros.example"
    account: dict[str, Any] = {
        "username": person.username,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": email,
        "password": make_password(PASSWORD),
        "date_joined": stage.moment,
        "groups": list(Group.objects.filter(name=person.role.value)),
    }
    user = User.objects.get(pk=save_account(None, account, **stage.call("system")).data["id"])
    if person.employee_id:
        profile = {
            "user": user,
            "name": user.get_full_name(),
            "employee_id": person.employee_id,
            "email": email,
            "phone": person.phone,
        }
        edit(Operator, None, profile, **stage.call("system"))
    stage.enter(person.username)
