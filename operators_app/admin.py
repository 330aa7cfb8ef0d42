"""The admin of this app, which is told in parts."""

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
