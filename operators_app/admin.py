"""The admin of this app, which is told in parts; and what the log's entries may be of."""

from __future__ import annotations

from operators_app import (  # noqa: F401 - they register theirs
    admin_headings,
    admin_imports,
    admin_jobs,
    admin_locked,
    admin_log,
    admin_people,
    admin_sessions,
)

# What the log's entries may be of: read from here, for the log itself is long.
VERBS = (
    "add_design_file", "add_document", "add_to_queue", "archive_design_file", "archive_document",
    "assign_design_file",
    "cancel_item", "cancel_project", "complete_job", "correct_run", "create", "create_client",
    "create_operator", "create_part", "create_project", "delete", "edit", "give_login", "import",
    "make_delivery_note", "make_quote", "make_report", "move_item", "pause_job", "place_item",
    "record_pop", "record_preview", "record_reading", "recut", "reject_run", "remember_headings",
    "remove_project_part", "renew_recovery_codes", "reorder_queue", "reset_second_factor",
    "resolve_flag", "restore_run", "revoke_session", "save_project_part", "save_role_policy",
    "set_account_active", "set_password", "set_up_second_factor", "sign_out_everywhere",
    "start_job", "undo_import", "update_item", "update_project",
)  # fmt: skip
