"""A manager at a browser without scripts: opens pages, fills in their forms, sends them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import requests

Files = dict[str, tuple[str, bytes]]


class Form(HTMLParser):
    """The fields of the page's main form, with what they hold: what a browser would send."""

    def __init__(self, page: str, marker: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.marker = marker
        self._inside = False
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note the fields between the form's beginning and its end."""
        told = {name: value or "" for name, value in attributes}
        known = (told.get("id"), told.get("action"), told.get("enctype"))
        if tag == "form" and self.marker in known:
            self._inside = True
        if not self._inside:
            return
        name = told.get("name", "")
        if tag == "input" and name and told.get("type") not in {"submit", "file", "button"}:
            ticks = told.get("type") in {"checkbox", "radio"}
            if not ticks or "checked" in told:
                self.fields[name] = told.get("value", "on" if ticks else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            self.fields[self._select] = told.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        """Take a text area's content."""
        if self._textarea:
            self.fields[self._textarea] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        """Leave a field, or the form."""
        if tag == "form":
            self._inside = False
        self._select = "" if tag == "select" else self._select
        self._textarea = "" if tag == "textarea" else self._textarea


class BackOffice:
    """The admin of a started server, used by one signed-in person."""

    def __init__(self, base: str, username: str, password: str) -> None:
        self.base = f"{base}/admin/"
        self.session = requests.Session()
        page = self.open("login/?next=/admin/")
        said = {"username": username, "password": password, "csrfmiddlewaretoken": token_of(page)}
        answer = self.session.post(f"{self.base}login/?next=/admin/", data=said, timeout=30)
        assert answer.url.endswith("/admin/"), "the sign-in was refused"

    def open(self, path: str) -> str:
        """Return a page."""
        answer = self.session.get(self.base + path, timeout=30)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def fill_in(
        self, path: str, marker: str, said: dict[str, Any], files: Files | None = None
    ) -> requests.Response:
        """Open a page, fill in its form and send it; fields not named keep what they held."""
        form = Form(self.open(path), marker)
        assert "csrfmiddlewaretoken" in form.fields, f"{path} has no form {marker}"
        form.fields.pop("_save", None)
        data = {**form.fields, **{name: str(value) for name, value in said.items()}}
        return self.session.post(self.base + path, data=data, files=files, timeout=60)

    def save(
        self, path: str, marker: str, said: dict[str, Any], files: Files | None = None
    ) -> requests.Response:
        """Fill in a row's form; assert that it was saved."""
        answer = self.fill_in(path, marker, {**said, "_continue": "1"}, files)
        assert answer.history, errors_of(answer.text)
        return answer

    def act(self, path: str, action: str, pk: int) -> str:
        """Carry out a list's action for one row; return the page with its message."""
        said = {
            "action": action, "_selected_action": str(pk),
            "csrfmiddlewaretoken": token_of(self.open(path)),
        }  # fmt: skip
        return self.session.post(self.base + path, data=said, timeout=30).text


def token_of(page: str) -> str:
    """Return the page's token against forged requests."""
    return page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def errors_of(page: str) -> str:
    """Return what a refused form's page says, without its tags."""
    lines = [line.strip() for line in re.sub(r"<[^>]+>", "\n", page).splitlines()]
    return "\n".join(line for line in lines if line)[:20000]


def id_in(address: str) -> int:
    """Return the row's id from the address of its form."""
    return int(address.rstrip("/").split("/")[-2])
