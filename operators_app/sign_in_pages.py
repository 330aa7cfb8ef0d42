"""The back office's pages of the own sign-in: the code, two-factor sign-in, the password.

They are open to whoever has given the right password; the gate tells who must go to which.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from laseros.errors import LaserOSError, TransitionError
from operators_app.admin_actions import verb_call
from operators_app.admin_forms import (
    CodeForm,
    OwnPasswordForm,
    OwnPasswordOnce,
    RecoveryCodeForm,
    SetUpForm,
)
from operators_app.authentication import remember
from operators_app.devices import device_name
from operators_app.gate import (
    CODE,
    NEW_KEY,
    PASSWORD,
    SET_UP,
    pass_second_factor,
    pending_step,
    sign_in_id,
)
from operators_app.models import LoginOutcome, Session, User
from operators_app.second_factor import (
    Verdict,
    begin_set_up,
    begun_set_up,
    check_code,
    digest,
    new_recovery_codes,
    prove,
    qr_code,
    recovery_codes_left,
    secret_of,
    too_early,
    what_was_wrong,
)
from operators_app.verbs.passwords import set_password
from operators_app.verbs.second_factor import (
    renew_recovery_codes,
    reset_second_factor,
    set_up_second_factor,
)
from operators_app.verbs.sessions import open_sessions, revoke_session

KEY_IS_VOID = gettext_lazy(
    "The key you scanned is no longer valid: it was shown too long ago, or set-up was "
    "begun elsewhere since. Delete it in your app and scan the new one."
)

Page = Callable[[HttpRequest, User], HttpResponse]


def own_page(page: Page) -> Callable[[HttpRequest], HttpResponse]:
    """Let a page be opened by whoever is signed in, as far as they have come."""

    @never_cache
    @csrf_protect
    @sensitive_post_parameters()
    @functools.wraps(page)
    def opened(request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return page(request, request.user)

    return opened


def show(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """Return a page of the back office."""
    told = {**admin.site.each_context(request), "title": title, **context}
    return render(request, f"admin/sign_in/{template}.html", told)


def wanted_page(request: HttpRequest) -> str:
    """Return the address that was asked for before signing in, else the home page."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, request.get_host(), request.is_secure())
    return wanted if safe else reverse("admin:index")


def onwards(request: HttpRequest) -> HttpResponse:
    """Lead to the page that was asked for before signing in."""
    return HttpResponseRedirect(wanted_page(request))


@own_page
def code_page(request: HttpRequest, user: User) -> HttpResponse:
    """Ask for the code of the app, or for a recovery code."""
    if pending_step(request) != CODE:
        return onwards(request)
    recovery = "recovery" in request.GET
    form = (RecoveryCodeForm if recovery else CodeForm)(request.POST or None)
    if form.is_valid():
        verdict = check_code(user.pk, form.cleaned_data["code"])
        if verdict.passed:
            pass_second_factor(request, user)
            remember(request, user.get_username(), LoginOutcome.SUCCESS, user)
            _warn_of_few_codes(request, user, verdict.is_recovery)
            return onwards(request)
        remember(request, user.get_username(), LoginOutcome.WRONG_CODE, user)
        form.add_error("code", what_was_wrong(verdict))
    return show(request, "code", _("Two-factor sign-in"), form=form, recovery=recovery)


def _warn_of_few_codes(request: HttpRequest, user: User, recovery: bool) -> None:
    if recovery:
        left = recovery_codes_left(user.pk)
        sentence = ngettext(
            "This recovery code is used up; %(count)d is left. With a new phone, set up "
            "two-factor sign-in anew under “My sign-in”.",
            "This recovery code is used up; %(count)d are left. With a new phone, set up "
            "two-factor sign-in anew under “My sign-in”.",
            left,
        )
        messages.warning(request, sentence % {"count": left})


@own_page
def set_up_page(request: HttpRequest, user: User) -> HttpResponse:
    """Show a new key as a QR code; with the app's first code put it into force.

    Whoever comes back within some minutes is shown the same one: their app may have it already.
    """
    asked = pending_step(request) == SET_UP
    form = SetUpForm(request, request.POST or None, asked=asked)
    if form.is_bound and user.second_factor_at and NEW_KEY not in request.session:
        return _is_on(request)
    shown = begun_set_up(user.pk, request.session.get(NEW_KEY))
    if form.is_valid():
        verdict = prove(user.pk, form.cleaned_data["code"], shown.pk) if shown else Verdict(False)
        if verdict.passed:
            return _put_into_force(request, user)
        form.add_error("code", _not_proven(verdict, shown is None))
    device = shown or begin_set_up(user)
    request.session[NEW_KEY] = device.pk
    return show(
        request, "set_up", _("Set up two-factor sign-in"), form=form, asked=asked,
        qr_code=qr_code(device), secret=secret_of(device), uri=device.config_url,
    )  # fmt: skip


def _not_proven(verdict: Verdict, key_is_void: bool) -> str:
    """Return the sentence for the first code of a key, where it was refused."""
    if key_is_void:
        return str(KEY_IS_VOID)
    if verdict.wait_seconds:
        return too_early(verdict.wait_seconds)
    return _("The code does not fit this key; scan it once more, then type the next code.")


def _is_on(request: HttpRequest) -> HttpResponse:
    """Answer whoever sends the first code again, as by loading the recovery codes anew."""
    messages.info(request, _(
        "Two-factor sign-in is on already. The recovery codes are shown once; if you have not "
        "kept them, make new ones here."
    ))  # fmt: skip
    return redirect("admin:own_sign_in")


def _put_into_force(request: HttpRequest, user: User) -> HttpResponse:
    codes = new_recovery_codes()
    digests = [digest(user.pk, code) for code in codes]
    try:
        set_up_second_factor(user.pk, digests, **verb_call(request))
    except LaserOSError as refusal:
        is_void = isinstance(refusal, TransitionError)  # the key was proven, and is gone since
        messages.error(request, KEY_IS_VOID if is_void else refusal.message)
        query = urlencode({"next": wanted_page(request)})
        return HttpResponseRedirect(f"{reverse('admin:second_factor_set_up')}?{query}")
    user.refresh_from_db(fields=["second_factor_at"])
    pass_second_factor(request, user)
    request.session.pop(NEW_KEY, None)
    return show_codes(request, codes)


def show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Show the recovery codes, once."""
    title = _("Your recovery codes")
    return show(request, "recovery_codes", title, codes=codes, onwards=wanted_page(request))


@own_page
def own_sign_in(request: HttpRequest, user: User) -> HttpResponse:
    """Show how somebody signs in, and where they are signed in."""
    return _own(request, user, OwnPasswordOnce(request))


def _own(request: HttpRequest, user: User, form: OwnPasswordOnce) -> HttpResponse:
    mine = sign_in_id(request)
    sessions = [
        {"row": one, "device": device_name(one.user_agent), "here": one.pk == mine}
        for one in open_sessions(user.pk)
    ]
    return show(
        request, "own", _("My sign-in"), form=form, person=user, sessions=sessions,
        required=user.needs_second_factor, codes_left=recovery_codes_left(user.pk),
    )  # fmt: skip


@require_POST
@own_page
def new_codes(request: HttpRequest, user: User) -> HttpResponse:
    """Replace the recovery codes, for whoever types their password once more."""
    form = OwnPasswordOnce(request, request.POST)
    if not form.is_valid():
        return _own(request, user, form)
    codes = new_recovery_codes()
    digests = [digest(user.pk, code) for code in codes]
    try:
        renew_recovery_codes(user.pk, digests, **verb_call(request))
    except LaserOSError as refusal:
        messages.error(request, refusal.message)
        return redirect("admin:own_sign_in")
    return show_codes(request, codes)


@require_POST
@own_page
def turn_off(request: HttpRequest, user: User) -> HttpResponse:
    """Take the own second factor away, for whoever types their password once more."""
    form = OwnPasswordOnce(request, request.POST)
    if not form.is_valid():
        return _own(request, user, form)
    try:
        reset_second_factor(user.pk, **verb_call(request))
    except LaserOSError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Two-factor sign-in is off; your password alone signs you in."))
    return redirect("admin:own_sign_in")


@require_POST
@own_page
def end_own_session(request: HttpRequest, user: User) -> HttpResponse:
    """End one of the own sessions, on another device."""
    own = {str(one.pk): one.pk for one in Session.objects.filter(user=user, ended_at=None)}
    wanted = own.get(request.POST.get("session", ""))
    try:
        if wanted:
            revoke_session(wanted, **verb_call(request))
            messages.success(request, _("That device is signed out."))
    except LaserOSError as refusal:
        messages.error(request, refusal.message)
    return redirect("admin:own_sign_in")


@own_page
def own_password(request: HttpRequest, user: User) -> HttpResponse:
    """Let somebody change their own password; the session they do it in goes on."""
    asked = pending_step(request) == PASSWORD
    form = OwnPasswordForm(request, request.POST or None)
    if form.is_valid():
        set_password(user.pk, form.cleaned_data["new_password1"], **verb_call(request))
        user.refresh_from_db(fields=["password", "must_change_password"])
        update_session_auth_hash(request, user)
        if not user.is_staff:
            return _to_the_phone(request)
        messages.success(request, _("Your new password counts from now on."))
        return onwards(request)
    return show(request, "password", _("Choose a new password"), form=form, asked=asked)


def _to_the_phone(request: HttpRequest) -> HttpResponse:
    """Sign out of the browser whoever came only to choose a password, and say where to go on."""
    logout(request)
    told = _("Your new password counts from now on. Sign in with it on your phone.")
    messages.success(request, told)
    return redirect("admin:login")


urlpatterns = [
    path("sign-in/", own_sign_in, name="own_sign_in"),
    path("sign-in/code/", code_page, name="second_factor_code"),
    path("sign-in/set-up/", set_up_page, name="second_factor_set_up"),
    path("sign-in/recovery-codes/", new_codes, name="second_factor_codes"),
    path("sign-in/turn-off/", turn_off, name="second_factor_off"),
    path("sign-in/end-session/", end_own_session, name="end_own_session"),
]
