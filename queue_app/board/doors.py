"""Doors of the back office that answer in JSON: to scripts of its pages, by the admin's sign-in.

A page that is asked for by a script must not be led to the sign-in page, nor be shown an error
page: everything is told in the API's envelope.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from laseros import work
from laseros.api import error_body, to_json
from laseros.errors import InvalidInput, LaserOSError, NotAllowed, NotSignedIn

View = Callable[..., HttpResponseBase]
Right = Callable[[HttpRequest], bool]


def answer(data: Mapping[str, Any] | bytes, status: int = 200, **headers: str) -> HttpResponse:
    """Return JSON that nobody but the browser keeps."""
    body = data if isinstance(data, bytes) else to_json(data)
    told = {"Cache-Control": "private, no-cache", **headers}
    return HttpResponse(body, status=status, content_type="application/json", headers=told)


def refusal(error: LaserOSError) -> HttpResponse:
    """Return a refusal in the envelope, and let the log know why."""
    if now := work.current():
        now.code = error.code
    return answer(error_body(error.status, error.message, error.code, error.extra), error.status)


def json_door(right: Right, *methods: str) -> Callable[[View], View]:
    """Admit whoever is signed in to the back office and has the right; tell refusals in JSON."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                if request.method not in methods:
                    raise _WrongMethod(_("This address does not take that method."))
                admit(request, right)
                return view(request, *args, **kwargs)
            except LaserOSError as error:
                return refusal(error)

        return door

    return decorate


class _WrongMethod(LaserOSError):
    status = 405
    code = "method_not_allowed"


def admit_signed_in(request: HttpRequest) -> None:
    """Raise NotSignedIn for whoever is not signed in to the back office."""
    if not admin.site.has_permission(request):
        raise NotSignedIn(_("You are not signed in any more; sign in and try again."))


def admit(request: HttpRequest, right: Right) -> None:
    """Raise NotSignedIn or NotAllowed unless somebody with the right is signed in."""
    admit_signed_in(request)
    if not right(request):
        raise NotAllowed(_("You may not do this."))


def checked(form: forms.Form) -> dict[str, Any]:
    """Return what a form says; raise InvalidInput with a sentence and the fields.

    A form that only asks before it goes on tells as `sure` what is to be sent along then.
    """
    if form.is_valid():
        return form.cleaned_data
    errors = {name: [str(one) for one in said] for name, said in form.errors.items()}
    if asked := getattr(form, "asked", ""):
        question = InvalidInput(" ".join(one for said in errors.values() for one in said), errors)
        question.extra["sure"] = asked
        raise question
    name, said = next(iter(errors.items()))
    field = form.fields.get(name)
    label = (field.label if field is not None else None) or name.replace("_", " ")
    sentence = said[0] if name == NON_FIELD_ERRORS else f"{label}: {said[0]}"
    raise InvalidInput(sentence, errors)
