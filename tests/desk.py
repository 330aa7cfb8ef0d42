"""A desk: a browser signed in to the admin, and what a person does there."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from operators_app.models import Operator, User


class Desk:
    """Opens and sends the admin's forms as one signed-in person."""

    def __init__(self, person: Operator | User) -> None:
        user = person.user if isinstance(person, Operator) else person
        assert user is not None
        self.browser = Client()
        self.browser.force_login(user)

    def open(self, row: Any, page: str = "change") -> Any:
        """Return the page of a row."""
        return self.browser.get(address(type(row), page, row.pk))

    def add(self, model: Any, data: dict[str, Any], **inlines: Any) -> Any:
        """Send the form of a new row."""
        return self.browser.post(address(model, "add"), {**formsets(self, model), **data},
                                 follow=True)  # fmt: skip

    def save(self, row: Any, page: Any = None, **changes: Any) -> Any:
        """Send a row's form as it was opened (`page`, else now), with these changes."""
        page = page or self.open(row)
        return self.browser.post(
            address(type(row), "change", row.pk), {**values(page), **changes}, follow=True
        )

    def act(self, model: Any, action: str, *rows: Any, **also: Any) -> Any:
        """Carry out an action of the list on these rows; return the page that follows."""
        data = {"action": action, "_selected_action": [row.pk for row in rows], **also}
        if action == "delete_selected":
            data["post"] = "yes"
        return self.browser.post(self.list_of(model), data, follow=True)

    def dialog(self, row: Any, action: str, **said: Any) -> Any:
        """Send a dialog of a row's page."""
        name = f"{row._meta.app_label}_{row._meta.model_name}_{action}"
        return self.browser.post(
            reverse(f"admin:{name}", args=(row.pk,)), {"_form_submitted": "True", **said},
            follow=True,
        )  # fmt: skip

    def upload(self, project: Any, what: str, *files: Any, **said: Any) -> Any:
        """Send drawings or documents on a project's page; return the page that follows."""
        place = reverse("admin:projects_app_project_upload", args=(project.pk, what))
        return self.browser.post(place, {"files": list(files), **said}, follow=True)

    def list_of(self, model: Any) -> str:
        """Return the address of a list; of jobs and sessions, with those that are done."""
        every = {"queueitem": "?status=all", "session": "?state=all"}
        return address(model, "changelist") + every.get(model._meta.model_name, "")


def address(model: Any, page: str, *args: Any) -> str:
    """Return the address of a page of a model's admin."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def formsets(desk: Desk, model: Any) -> dict[str, Any]:
    """Return what the empty inlines of a new row's form send along."""
    return values(desk.browser.get(address(model, "add")))


def values(page: Any) -> dict[str, Any]:
    """Return what a browser would send of a form as it was opened."""
    context = page.context
    sent: dict[str, Any] = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False or hasattr(value, "url"):
                continue
            sent[bound.html_name] = bound.field.prepare_value(value) if hasattr(
                bound.field, "prepare_value") else value  # fmt: skip
    if context.get("row_seen"):
        sent["_row_version"] = context["row_version"]
        sent["_row_seen"] = context["row_seen"]
    return {name: "on" if value is True else value for name, value in sent.items()}


def offered(page: Any) -> set[str]:
    """Return the titles of the actions that a row's page offers, each of them once."""
    head = [
        one for action in page.context["actions_detail"] for one in action.get("items", [action])
    ]
    shown = [one["title"] for one in (*head, *page.context.get("story", {}).get("next", ()))]
    assert len(shown) == len(set(shown)), shown
    return set(shown)


def said(page: Any) -> str:
    """Return a page's messages."""
    return " | ".join(str(message) for message in page.context["messages"])


def asked_of(page: Any) -> str:
    """Return what a dialog that came back with doubts wants in `sure`, if they are right."""
    return str(page.content.decode().split('name="sure"')[1].split('value="')[1].split('"')[0])


def errors(page: Any) -> str:
    """Return what a form that was refused tells, its fields and inlines included."""
    told = list(page.context["errors"])
    return " | ".join(str(one) for one in told)
