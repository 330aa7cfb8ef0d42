"""The verbs of clients, parts, projects, drawings and documents."""

from projects_app.verbs.files import (
    add_design_file,
    add_document,
    archive_design_file,
    archive_document,
    assign_design_file,
    record_reading,
)
from projects_app.verbs.projects import (
    NO_PROJECT,
    advance_to_quote,
    append_note,
    cancel_project,
    create_client,
    create_part,
    create_project,
    move_project,
    preset_fits,
    preset_mismatch,
    preset_warnings,
    record_pop,
    set_quote,
    update_project,
)

__all__ = [
    "NO_PROJECT",
    "add_design_file",
    "add_document",
    "advance_to_quote",
    "append_note",
    "archive_design_file",
    "archive_document",
    "assign_design_file",
    "cancel_project",
    "create_client",
    "create_part",
    "create_project",
    "move_project",
    "preset_fits",
    "preset_mismatch",
    "preset_warnings",
    "record_pop",
    "record_reading",
    "set_quote",
    "update_project",
]
