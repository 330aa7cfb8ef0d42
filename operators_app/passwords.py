"""What a password must be besides long: not one of one's last five. And passwords to begin with."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from operators_app.models import PastPassword

KEPT = 5
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else


class NotUsedLately:
    """Refuses the present password and the last five: a validator of Django's."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that this person has, or had not long ago."""
        if user is None or user.pk is None:
            return
        past = PastPassword.objects.filter(user_id=user.pk).values_list("password", flat=True)
        for hashed in (user.password, *past[:KEPT]):
            if check_password(password, hashed):
                raise ValidationError(
                    _("You have used this password lately; choose another one."), "used_lately"
                )

    def get_help_text(self) -> str:
        """Say so beside the field."""
        return _("Your password can’t be one of your last %(count)d.") % {"count": KEPT}


def random_letters(count: int) -> str:
    """Return letters and digits that nobody can guess, and everybody can read out and type."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def new_password() -> str:
    """Return a password to begin with, such as `k7fm-x2qp-9wda` (59 bits)."""
    return "-".join(random_letters(4) for _ in range(3))
