"""The lists of the admin, made cheap: what is the same in every row is worked out once.

Measured on the list of projects: unfold worked out the column heads anew for each of 50 rows, and
rendered a template for each row's checkbox and each coloured label; that was half of the page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin import helpers
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from unfold.admin import checkbox
from unfold.decorators import display
from unfold.templatetags import unfold_list
from unfold.utils import display_for_label
from unfold.views import ChangeList

from operators_app.admin_shown import Shown, address_of_all, shown_of

NO_ID = "row-id"  # stands in the checkbox where a row's id will stand


class QuickChangeList(ChangeList):
    """A list of rows that keeps what unfold and Django ask it for again and again."""

    result_list: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.heads: list[dict[str, Any]] | None = None
        self.addresses: dict[Any, str] = {}
        super().__init__(*args, **kwargs)
        self.opts = self.model_admin.opts  # which may have words of its own

    @property
    def shown(self) -> list[Shown]:
        """The filters that are on, in words."""
        return shown_of(self)

    @property
    def all_shown(self) -> str:
        """The address of the list without these filters."""
        return address_of_all(self)

    def get_results(self, request: HttpRequest) -> None:
        """Find the page's rows; where the admin names the columns that it shows, only these."""
        super().get_results(request)
        columns = getattr(self.model_admin, "list_only", ())
        if columns:
            self.result_list = self.result_list.only(*columns)

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None
    ) -> str:
        """Return the address of the list with other parameters, and without those of `remove`.

        Exactly those: Django takes away all that begin so, which is meant of a name that ends in
        “__” alone, as its filter of dates asks it.
        """
        gone = [
            name for name in self.filter_params for one in remove or ()
            if name == one or (one.endswith("__") and name.startswith(one))
        ]  # fmt: skip
        return str(super().get_query_string({**dict.fromkeys(gone), **(new_params or {})}))

    def url_for_result(self, result: Model) -> str:
        """Return the address of a row's form: the same for each of its links."""
        if result.pk not in self.addresses:
            self.addresses[result.pk] = super().url_for_result(result)
        return self.addresses[result.pk]


def _capitalised(heads: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return column heads that begin with a capital letter, on a phone's cards as well.

    The checkbox that chooses all rows stays as it is.
    """
    return [
        head if isinstance(head["text"], SafeString) else {**head, "text": capfirst(head["text"])}
        for head in heads
    ]


def _heads_once(work_out: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a `result_headers` that works out the heads of a QuickChangeList once."""

    @functools.wraps(work_out)
    def heads(cl: Any) -> Any:
        if not isinstance(cl, QuickChangeList):
            return _capitalised(work_out(cl))
        if cl.heads is None:
            cl.heads = _capitalised(work_out(cl))
        return cl.heads

    return heads


# Unfold has no hook for it: its `items_for_result` calls this for every row.
unfold_list.result_headers = _heads_once(unfold_list.result_headers)


@functools.cache
def _checkbox(language: str | None) -> str:
    return str(checkbox.render(helpers.ACTION_CHECKBOX_NAME, NO_ID))


def _choose_all() -> SafeString:
    return mark_safe(str(checkbox.render("action_toggle_all", 1)))  # noqa: S308 - escaped by Django


# The head over the checkboxes, in each language.
choose_all = lazy(_choose_all, SafeString)()


def checkbox_of(row: Model) -> SafeString:
    """Return the checkbox that chooses a row, as unfold renders it."""
    return mark_safe(_checkbox(get_language()).replace(NO_ID, escape(row.pk)))  # noqa: S308 - escaped


def labelled(colours: Any, **shown: Any) -> Callable[[Callable[..., Any]], Any]:
    """Let a column show its few values as coloured labels, each rendered once.

    `colours` is what unfold's `display` takes as `label`, `shown` whatever else it takes.
    """

    @functools.lru_cache(maxsize=100)
    def label_of(value: Any) -> str:
        if isinstance(value, tuple) and value[0] not in colours:
            value = value[1]  # unfold would show the stored word, in nobody's language
        return str(display_for_label(value, "-", colours))

    def decorate(method: Callable[..., Any]) -> Any:
        @functools.wraps(method)
        def told(admin: Any, row: Any) -> SafeString:
            return mark_safe(label_of(method(admin, row)))  # noqa: S308 - escaped by unfold

        return display(**shown)(told)

    return decorate
