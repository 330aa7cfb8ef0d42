"""The language of whoever reads, the shop's own, and the one that the program is written in.

Pages and refusals speak the reader's language (Django's LocaleMiddleware: the browser's cookie,
else its Accept-Language, else the shop's). What is written into the database has many readers: it
is in the shop's language, SHOP_LANGUAGE. What programs compare is in neither (`source_text`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.functional import lazystr

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise
else:
    Text = str

View = Callable[..., HttpResponseBase]


def shop_language() -> AbstractContextManager[Any]:
    """Let what is said within the block be said in the shop's language, for it is kept."""
    return translation.override(settings.LANGUAGE_CODE)


def in_shop_language(text: Text, **values: object) -> str:
    """Return a marked text, its %(placeholders)s filled in, as it is written into the database."""
    with shop_language():
        return str(text) % values


def speaks_shop_language() -> bool:
    """Tell whether the reader's language is the shop's."""
    return translation.get_language() == settings.LANGUAGE_CODE


def source_text(text: object) -> str:
    """Return a marked text as it stands in the source: the API's contract names some so."""
    with translation.override(None):
        return str(text)


def filled_in(text: Text, **values: object) -> Text:
    """Return a marked text, its %(placeholders)s filled in, each time in its reader's language.

    For what is read more than once, in more than one language: a verb's warnings.
    """
    return lazystr(_FilledIn(text, values))


class _FilledIn:
    def __init__(self, text: Text, values: dict[str, object]) -> None:
        self.text = text
        self.values = values

    def __str__(self) -> str:
        return str(self.text) % self.values


Kept = str | dict[str, str]


def in_each_language(text: Text) -> Kept:
    """Return a text as it is kept for readers of any language; `in_mine` gives it back.

    One that is no marked text but a string is the same to all of them.
    """
    if isinstance(text, str):
        return text
    said = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            said[code] = str(text)
    return said


def in_mine(kept: str | Mapping[str, str]) -> str:
    """Return what was kept by `in_each_language` in the reader's language."""
    if isinstance(kept, str):
        return kept
    code = translation.get_language() or settings.LANGUAGE_CODE
    return kept.get(code) or next(iter(kept.values()), "")


def in_english(view: View) -> View:
    """Return a view that answers in English whoever asks: programmers and programs do."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override("en-gb"):
            response = view(request, *args, **kwargs)
            response.headers["Content-Language"] = "en-gb"
            return response

    return answer
