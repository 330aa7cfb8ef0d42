"""The back office in German: no English is left on its pages, and in nobody's template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation.template import templatize

from operators_app.models import Operator, User
from projects_app.models import Project
from queue_app.models import QueueItem
from tests.desk import Desk
from tests.factories import make_item

BASE = Path(django_settings.BASE_DIR)
OURS = ("laseros", "operators_app", "presets_app", "projects_app", "queue_app")
# Words that no German page has; what people write (names, notes) has none of them here.
ENGLISH = frozenset(
    "the and of with to for this that is are it by from or yes you your add save search change "
    "delete select queue project client view history today show where which who what each sheet "
    "drawing run runs job jobs choose filter due".split()
) - {"filter"}
# Said the same in both languages.
SAME = frozenset(
    "Name Status System Filter Person Laser Gas Admin Manager Cluster Cron Import Material Export "
    "Hz PDF SHA-256 Normal mm/min ID".split()
)


# A job of the program is shown by its name there, and with its arguments.
DOTTED = re.compile(r"\w+(?:\.\w+)+|\w+=\{.*\}")


class Words(HTMLParser):
    """What a page says to people: its texts, and what its fields and pictures are called."""

    silent = frozenset({"script", "style", "textarea", "template"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take titles, labels and placeholders."""
        told = {name: value or "" for name, value in attributes}
        icon = "material-symbols-outlined" in told.get("class", "")
        if tag in self.silent or icon or self._inside:
            if tag not in VOID:
                self._inside.append(tag)
            return
        self.said += [told[name] for name in ("title", "aria-label", "placeholder", "alt")
                      if told.get(name)]  # fmt: skip

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not said."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if not self._inside and data.strip():
            self.said.append(data.strip())


VOID = frozenset({"input", "br", "img", "hr", "meta", "link", "path", "circle", "rect"})


def english(page: str) -> list[str]:
    """Return the texts of a page that have English words in them."""
    return [
        text for text in Words(page).said
        if ENGLISH & set(re.findall(r"[a-z]+(?:['’][a-z]+)?", DOTTED.sub("", text.lower())))
    ]  # fmt: skip


def addresses(item: QueueItem) -> Iterator[str]:
    """Yield the address of every list, form and other page of the back office."""
    for pattern in admin.site.get_urls():
        name = getattr(pattern, "name", None)
        if name and name not in {"jsi18n", "logout", "autocomplete"}:
            try:
                yield reverse(f"admin:{name}")
            except NoReverseMatch:
                continue
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{base}_changelist")
        yield reverse(f"{base}_add")
        row = model._default_manager.order_by("pk").last()
        if row is not None:
            yield reverse(f"{base}_change", args=(row.pk,))


@pytest.mark.django_db
def test_no_page_of_the_back_office_has_english_left_on_it(ada: Operator) -> None:
    item = make_item()
    desk = Desk(ada)
    desk.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    Project.objects.update(description="", notes="")
    left: dict[str, str] = {}
    for address in addresses(item):
        page = desk.browser.get(address, follow=True)
        if page.status_code == 200 and "text/html" in page.headers["Content-Type"]:
            left |= {text: address for text in english(page.text) if text not in left}
    assert left == {}


@pytest.mark.django_db
def test_every_column_that_is_shown_has_a_german_name(ada: Operator, rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    assert ada.user is not None
    request.user = User.objects.get(pk=ada.user.pk)
    same = {name.lower() for name in SAME}
    unnamed = []
    for model, site in admin.site._registry.items():
        shown = {*flatten_fieldsets(site.get_fieldsets(request)), *site.get_list_display(request)}
        columns = [field for field in model._meta.concrete_fields if field.name in shown]
        for told in (model._meta, *columns):
            english_name, german_name = both(told.verbose_name)  # type: ignore[attr-defined]
            if english_name == german_name and english_name.lower() not in same:
                unnamed.append(f"{told}: {english_name}")
    assert unnamed == []


def both(text: Any) -> tuple[str, str]:
    """Return a text in English and in German."""
    told = []
    for language in ("en-gb", "de"):
        with translation.override(language):
            told.append(str(text))
    return told[0], told[1]


# --- Templates -----------------------------------------------------------------------------------

TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
SAID_TAGS = re.compile(r"\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}", re.DOTALL)
# Blocks of attributes, such as the body's class, say nothing.
ATTRIBUTES = re.compile(r"\{% block \w*class %\}.*?\{% endblock %\}", re.DOTALL)
COMMENTS = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
NAMES = frozenset({"Laser", "OS", "min", "mm", "px", "h"})  # and units


def templates() -> list[Path]:
    """Return the program's own templates."""
    folders = [BASE / "templates", *(BASE / app / "templates" for app in OURS)]
    return sorted(path for folder in folders for path in folder.rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(BASE)))
def test_a_template_says_nothing_that_is_not_marked(path: Path) -> None:
    source = ATTRIBUTES.sub("", COMMENTS.sub("", SAID_TAGS.sub("", path.read_text("utf-8"))))
    told = [text for text in Words(TAG.sub("", source)).said if re.search("[A-Za-z]{2}", text)]
    assert [text for text in told if not set(re.findall("[A-Za-z]+", text)) <= NAMES] == []


def borrowed() -> set[str]:
    """Return what unfold's pages say: those of them that this program shows."""
    import unfold

    folder = Path(unfold.__file__).parent
    pages = [*(folder / "templates").rglob("*.html")]
    pages += [*(folder / "contrib" / "filters").rglob("*.html")]
    called = re.compile(r"""(?<![\w.])(?:_|gettext)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
    return {
        ast.literal_eval(text)
        for page in pages
        for text in called.findall(templatize(page.read_text("utf-8"), origin=str(page)))
    }


def test_what_unfold_says_is_said_in_german() -> None:
    with translation.override("de"):
        left = {text for text in borrowed() if translation.gettext(text) == text}
    assert left - SAME == {"Record picture"}  # of a kind of column that no list here has
