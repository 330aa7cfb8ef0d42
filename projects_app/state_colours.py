"""The colours of states, the same in all lists, on the board and on the home page.

The names are those of the admin's labels: info is blue, warning amber, success green, danger red,
default grey. What runs is green and what was paused amber, as on the board (`board.css`) and at
home (`home.css`); what is over is grey, for most rows of a long list are.
"""

from __future__ import annotations

JOB_COLOURS = {
    "queued": "info",
    "paused": "warning",
    "in_progress": "success",
    "completed": "default",
    "cancelled": "danger",
}
PROJECT_COLOURS = {
    "request": "default",
    "quote_approval": "warning",
    "approved_pop": "primary",
    **{state: JOB_COLOURS[state] for state in ("queued", "in_progress", "completed", "cancelled")},
}
