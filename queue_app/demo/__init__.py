"""The demo shop: people, presets, clients, and two months of work, made by the shop's own verbs.

Everything is entered in the order in which it happened, with the clock set back
(`laseros.clock.pretend`), so that the log reads like that of a real shop. All of it is one
transaction: a load that is interrupted leaves nothing behind and begins anew the next time.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import models, transaction

from operators_app.models import ActivityLog, LogHead, Operator, User
from operators_app.verbs import SYSTEM_USERNAME
from presets_app.models import MachineSettingsPreset
from projects_app.models import Client, DesignFile, Part, Project
from queue_app.demo.plan import Planner
from queue_app.demo.stage import FIRST_STEP, Stage
from queue_app.demo.story import tell
from queue_app.models import LaserRun
from queue_app.queries import active_items

Say = Callable[[str], None]

WHOLE_SHOP: tuple[type[models.Model], ...] = (
    Operator, MachineSettingsPreset, Client, Part, Project,
)  # fmt: skip


class CannotLoad(Exception):
    """The demo shop must not be loaded here; the message is one sentence for a person."""


def load(say: Say) -> bool:
    """Load the demo shop; return False, and change nothing, where it was loaded before.

    `say` gets lines on the progress. Raises CannotLoad when DEBUG is off, and when the database
    holds a shop of its own.
    """
    if not settings.DEBUG:
        raise CannotLoad(
            "The demo shop has published passwords; it can be loaded only while DEBUG is on."
        )
    stage = Stage(say)
    try:
        with transaction.atomic():
            LogHead.objects.select_for_update().get(pk=1)  # two loads at once: one after the other
            if is_loaded():
                say("The demo shop is here already; nothing was changed.")
                return False
            _check_vacant()
            tell(stage, Planner())
            stage.forget_reading_jobs()
    except BaseException:
        stage.delete_stored_files()
        raise
    say(_summary())
    return True


def is_loaded() -> bool:
    """Tell whether this database began as the demo shop, whatever was done in it since."""
    return ActivityLog.objects.filter(op_id=FIRST_STEP, user__username=SYSTEM_USERNAME).exists()


def _check_vacant() -> None:
    """Raise CannotLoad where there is a shop, or somebody who may be about to enter one."""
    people = User.objects.exclude(username=SYSTEM_USERNAME)
    if people.exists() or any(model._default_manager.exists() for model in WHOLE_SHOP):
        raise CannotLoad(
            "This database holds a shop of its own, and the demo shop overwrites nothing; load it "
            "into an empty database, for example with LASEROS_DATA set to a new folder."
        )


def _summary() -> str:
    return (
        f"The demo shop is loaded: {Client.objects.count()} clients, "
        f"{Project.objects.count()} projects with {DesignFile.objects.count()} drawings, "
        f"{MachineSettingsPreset.objects.count()} presets, {LaserRun.objects.count()} laser runs, "
        f"{active_items().count()} jobs in the queue."
    )
