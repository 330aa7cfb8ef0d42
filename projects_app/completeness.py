"""What a cut needs of a project, and what is still missing: told here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

# In the API's words (issue text and contract, section 5.3), in the order in which people ask.
NEEDED = (
    "material_type",
    "material_thickness",
    "raw_plate_count",
    "parts",
    "estimated_cut_time",
    "preset",
    "dxf_files",
)

# What settles one of them, where it is more than the fact of its own name.
SETTLED_BY = {"parts": ("parts", "parts_quantity")}

LABELS = {
    "material_type": gettext_lazy("material"),
    "material_thickness": gettext_lazy("thickness"),
    "raw_plate_count": gettext_lazy("number of raw plates"),
    "parts": gettext_lazy("number of parts"),
    "estimated_cut_time": gettext_lazy("estimated cut time"),
    "preset": gettext_lazy("preset"),
    "dxf_files": gettext_lazy("drawings"),
}


def missing_fields(facts: Mapping[str, Any]) -> list[str]:
    """Return which of NEEDED are absent or nought in `facts`, keyed by the same names.

    Parts are told by their list (`parts`) or, while there is none, by the number that was ordered
    (`parts_quantity`): one of the two is enough.
    """
    return [
        name for name in NEEDED
        if not any(facts.get(fact) for fact in SETTLED_BY.get(name, (name,)))
    ]  # fmt: skip


def data_completeness(missing: list[str]) -> int:
    """Return how much of what a cut needs is there, in whole per cent."""
    return round(100 * (len(NEEDED) - len(missing)) / len(NEEDED))


def tell(missing: list[str]) -> str:
    """Return the missing data in words."""
    return ", ".join(str(LABELS[name]) for name in missing)
