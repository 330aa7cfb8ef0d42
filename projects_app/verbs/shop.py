"""The verb of the shop's own settings. Only an admin has it (DESIGN, table of rights)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from laseros.errors import InvalidInput
from operators_app.verbs import Call, Outcome, Run, Target, run_verb
from operators_app.verbs.edit import apply, telling
from projects_app.models import Shop
from projects_app.verbs.papers import DELIVERY_NOTES, QUOTES


def save_shop(changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Change the shop's settings; `changes` maps field names to values.

    `logo` is the name of a stored picture (projects_app.logos), or nothing for no logo.

    Returns {"id": 1}. Raises NotAllowed for everybody but an admin, InvalidInput where a value
    breaks a rule, Changed where somebody else was quicker.
    """
    call["by"].require_admin()

    def write(run: Run) -> dict[str, Any]:
        shop = run.lock(Shop, 1, _("The shop is missing from the database."))
        run.check_unchanged(shop, lambda: {"id": 1})
        before = shop.logo.name
        apply(run, shop, {name: value for name, value in changes.items() if name != "logo"})
        _check_numbers(shop, changes)
        if "logo" in changes:
            run.save(shop, logo=changes["logo"])
        if before and before != shop.logo.name:  # the papers made with it hold it themselves
            transaction.on_commit(lambda: shop.logo.storage.delete(before), robust=True)
        return {"id": 1}

    return run_verb("edit", Target("shop", 1), telling(changes), write, **call)


def _check_numbers(shop: Shop, changes: Mapping[str, Any]) -> None:
    """Refuse a next number up to one that was given: the paper after it could not be made."""
    for series in (QUOTES, DELIVERY_NOTES):
        if not {series.prefix, series.upcoming} & set(changes):
            continue
        number, last = series.last_given(shop)
        if getattr(shop, series.upcoming) <= number:
            told = {"last": last, "least": number + 1}
            sentence = _("%(last)s was given already; the next number is %(least)s at least.")
            raise InvalidInput.on(series.upcoming, sentence % told)
