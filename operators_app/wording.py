"""What the log's verbs and flags are called in sentences, in the reader's language.

Every verb has its words here, those of higher apps too: the log is told in one place, and its list
offers these verbs to choose from.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from laseros.languages import Text, source_text


class Words(NamedTuple):
    """A verb in words.

    `sentence` may name `who`, `what` and `kind`. `what` is the name of the first row of the model
    `about` that the entry tells of; of its target, where there is none. `opposite` is said where
    the entry's `turned` column was given a false value, `changed` where the row was there before.
    """

    title: Text
    sentence: Text
    about: str = ""
    turned: str = ""
    opposite: Text = ""
    changed: Text = ""


# Verbs that only change columns: which ones is the sentence.
CHANGES = frozenset({"edit", "update_item", "update_project"})

WORDS: dict[str, Words] = {
    "add_design_file": Words(
        _("Add drawing"), _("%(who)s added the drawing %(what)s"), "designfile"
    ),
    "add_document": Words(_("Add document"), _("%(who)s added the document %(what)s"), "document"),
    "add_to_queue": Words(_("Add to queue"), _("%(who)s put the project into the queue")),
    "archive_design_file": Words(
        _("Archive drawing"), _("%(who)s archived the drawing %(what)s"), "designfile",
        "is_archived", _("%(who)s brought the drawing %(what)s back from the archive"),
    ),
    "archive_document": Words(
        _("Archive document"), _("%(who)s archived the document %(what)s"), "document",
        "is_archived", _("%(who)s brought the document %(what)s back from the archive"),
    ),
    "assign_design_file": Words(
        _("Assign drawing"), _("%(who)s said which part the drawing %(what)s shows"), "designfile"
    ),
    "cancel_item": Words(_("Cancel job"), _("%(who)s took the job out of the queue")),
    "cancel_project": Words(_("Cancel project"), _("%(who)s cancelled the project")),
    "complete_job": Words(_("Complete job"), _("%(who)s completed the job")),
    "correct_run": Words(_("Correct run"), _("%(who)s corrected a laser run")),
    "create": Words(_("Create"), _("%(who)s added %(kind)s “%(what)s”")),
    "create_client": Words(_("Add client"), _("%(who)s added the client %(what)s"), "client"),
    "create_operator": Words(
        _("Create operator"), _("%(who)s entered %(what)s, with a login for the phone")
    ),
    "create_part": Words(_("Add part"), _("%(who)s added the part %(what)s"), "part"),
    "create_project": Words(_("Begin project"), _("%(who)s began the project")),
    "delete": Words(_("Delete"), _("%(who)s deleted %(kind)s “%(what)s”")),
    "edit": Words(_("Edit"), _("%(who)s changed %(kind)s “%(what)s”")),
    "import": Words(_("Import"), _("%(who)s imported a spreadsheet: %(kind)s")),
    "undo_import": Words(
        _("Undo import"), _("%(who)s undid the import of a spreadsheet: %(kind)s")
    ),
    "discard_import": Words(
        _("Discard import"), _("%(who)s discarded an uploaded spreadsheet: %(kind)s")
    ),
    "remember_headings": Words(
        _("Remember headings"), _("%(who)s told what headings of spreadsheets mean")
    ),
    "make_delivery_note": Words(
        _("Make delivery note"), _("%(who)s made the delivery note %(what)s"), "document"
    ),
    "give_login": Words(_("Give login"), _("%(who)s gave %(what)s a login")),
    "make_quote": Words(_("Make quote"), _("%(who)s made the quote %(what)s"), "document"),
    "make_report": Words(_("Make report"), _("%(who)s made a production report")),
    "move_item": Words(_("Move job"), _("%(who)s moved the job in the queue")),
    "pause_job": Words(_("Pause job"), _("%(who)s paused the job")),
    "place_item": Words(_("Move job on the board"), _("%(who)s moved the job in the queue")),
    "record_pop": Words(_("Record POP"), _("%(who)s recorded the proof of payment")),
    "record_preview": Words(
        _("Draw drawing"), _("%(who)s drew a picture of the drawing %(what)s"), "designfile"
    ),
    "record_reading": Words(
        _("Read drawing"), _("%(who)s read the drawing %(what)s"), "designfile"
    ),
    "recut": Words(_("Cut again"), _("%(who)s sent the project to be cut again")),
    "reject_run": Words(_("Reject run"), _("%(who)s rejected a laser run")),
    "remove_project_part": Words(
        _("Remove part"), _("%(who)s took the part %(what)s out of the project"), "projectpart"
    ),
    "renew_recovery_codes": Words(
        _("New recovery codes"), _("%(who)s made new recovery codes")
    ),
    "reorder_queue": Words(_("Reorder queue"), _("%(who)s put the queue into another order")),
    "reset_second_factor": Words(
        _("Reset two-factor sign-in"), _("%(who)s reset the two-factor sign-in of %(what)s")
    ),
    "resolve_flag": Words(_("Settle flag"), _("%(who)s settled a flagged fact")),
    "restore_run": Words(
        _("Restore run"), _("%(who)s let a rejected laser run count again")
    ),
    "revoke_session": Words(_("End session"), _("%(who)s ended a session of %(what)s")),
    "save_project_part": Words(
        _("Save part"), _("%(who)s entered the part %(what)s"), "projectpart",
        changed=_("%(who)s changed the part %(what)s"),
    ),
    "save_role_policy": Words(
        _("Change role"), _("%(who)s changed what the role %(what)s must do to sign in")
    ),
    "set_account_active": Words(
        _("Activate or deactivate login"), _("%(who)s changed whether %(what)s may sign in")
    ),
    "set_password": Words(_("Set password"), _("%(who)s set a new password for %(what)s")),
    "set_up_second_factor": Words(
        _("Set up two-factor sign-in"), _("%(who)s set up two-factor sign-in")
    ),
    "sign_out_everywhere": Words(
        _("Sign out everywhere"), _("%(who)s signed %(what)s out everywhere")
    ),
    "start_job": Words(_("Start job"), _("%(who)s started the job")),
    "update_item": Words(_("Change job"), _("%(who)s changed the job")),
    "update_project": Words(_("Change project"), _("%(who)s changed the project")),
}  # fmt: skip

# Why a fact is flagged.
REASONS: dict[str, Text] = {
    "completed_after_cancel": _("completed after the job was cancelled"),
    "completed_twice": _("completed a second time"),
    "completed_without_start": _("completed without having been started"),
    "implausible_minutes": _("cut time far above what the clock logged, or more than a day"),
    "performed_before_previous_entry": _("told to have happened before the job's previous entry"),
    "performed_in_the_future": _("told to have happened in the future"),
    "project_not_in_production": _("its project was not in production"),
}


def words_of(verb: str) -> Words:
    """Return a verb's words; of an unknown one, its name taken apart."""
    plain = verb.replace("_", " ")
    return WORDS.get(verb) or Words(plain.capitalize(), f"%(who)s: {plain}")


def title_of(verb: str) -> str:
    """Return what a list calls a verb."""
    return str(words_of(verb).title)


def reason_in_words(reason: str) -> str:
    """Return why a fact is flagged, in words."""
    return str(REASONS.get(reason) or reason.replace("_", " "))


def placeholders(words: Words) -> list[str]:
    """Return the sentences of a verb as they stand in the source, for tests."""
    told = (words.sentence, words.opposite, words.changed)
    return [source_text(text) for text in told if text]
