"""Sessions, in the back office and on phones, and every try to sign in."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from operators_app.models.people import User


class Channel(models.TextChoices):
    """Where somebody signs in."""

    ADMIN = "admin", _("Back office")
    API = "api", _("Phone")


class FactorState(models.TextChoices):
    """Whether a session has passed the second factor. `AWAITED`: until then it opens nothing."""

    NOT_ASKED = "", _("Not asked for")
    AWAITED = "awaited", _("Awaited")
    PASSED = "passed", _("Passed")


class Session(models.Model):
    """A sign-in: on a phone, whose tokens name it and end with it, or in a browser.

    `browser_key` is the key of the browser's session, so that it can be ended from elsewhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("account"), related_name="phone_sessions"
    )
    created_at = models.DateTimeField(_("signed in"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("device"), max_length=300, blank=True)
    auth_hash = models.CharField(_("auth hash"), max_length=128, editable=False)
    channel = models.CharField(
        _("signed in to"), max_length=10, choices=Channel, default=Channel.API
    )
    second_factor = models.CharField(
        _("second factor"), max_length=10, choices=FactorState, default=FactorState.NOT_ASKED,
        blank=True,
    )  # fmt: skip
    last_seen_at = models.DateTimeField(
        _("last seen"), null=True, blank=True,
        help_text=_("In the back office to some minutes, of a phone to an hour."),
    )  # fmt: skip
    browser_key = models.CharField(
        _("browser key"), max_length=40, blank=True, db_index=True, editable=False
    )

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        since = date_format(timezone.localtime(self.created_at), "DATETIME_FORMAT")
        return _("%(user)s since %(time)s") % {"user": self.user, "time": since}


class LoginOutcome(models.TextChoices):
    """How a try to sign in ended."""

    SUCCESS = "success", _("Signed in")
    WRONG_PASSWORD = "wrong_password", _("Wrong name or password")
    INACTIVE = "inactive", _("Account is inactive")
    NOT_PERMITTED = "not_permitted", _("Role may not sign in here")
    NO_PROFILE = "no_profile", _("No operator profile")
    LOCKED_OUT = "locked_out", _("Locked out after too many failures")
    CODE_AWAITED = "code_awaited", _("Right password; code awaited")
    WRONG_CODE = "wrong_code", _("Right password, wrong code")


class LoginRecord(models.Model):
    """One try to sign in: who, when, from where, and how it ended."""

    user = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("account"),
        null=True,
        blank=True,
        related_name="login_records",
    )
    username = models.CharField(_("user name as typed"), max_length=150)
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("device"), max_length=300, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    outcome = models.CharField(_("outcome"), max_length=20, choices=LoginOutcome)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("login")
        verbose_name_plural = _("login history")

    def __str__(self) -> str:
        return f"{self.username}: {self.get_outcome_display()}"
