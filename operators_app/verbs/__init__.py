"""The verb runner, and the verbs of people and master data."""

from operators_app.verbs.accounts import save_account
from operators_app.verbs.actor import SYSTEM_USERNAME, Actor
from operators_app.verbs.edit import (
    as_columns,
    checked_save,
    delete,
    edit,
    require_ranges,
    require_valid,
    telling,
)
from operators_app.verbs.runner import (
    Call,
    Outcome,
    Run,
    Target,
    derived_op_id,
    run_verb,
    was_done,
)

__all__ = [
    "SYSTEM_USERNAME",
    "Actor",
    "Call",
    "Outcome",
    "Run",
    "Target",
    "as_columns",
    "checked_save",
    "delete",
    "derived_op_id",
    "edit",
    "require_ranges",
    "require_valid",
    "run_verb",
    "save_account",
    "telling",
    "was_done",
]
