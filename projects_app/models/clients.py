"""Who orders."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from laseros.tracking import Tracked


class Client(Tracked):
    """Who orders."""

    is_kept = True

    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    code = models.CharField(_("code"), max_length=12, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    contact_person = models.CharField(_("contact person"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.TextField(_("address"), max_length=500, blank=True)
    notes = models.TextField(_("notes"), max_length=2000, blank=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off to archive a client; nothing is lost.")
    )

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("client")
        verbose_name_plural = _("clients")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
