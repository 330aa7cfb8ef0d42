"""What a cut needs of a project, and what is still missing: told here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

LABELS = {
    "material_type": "material",
    "material_thickness": "thickness",
    "raw_plate_count": "number of raw plates",
    "parts": "parts",
    "estimated_cut_time": "estimated cut time",
    "preset": "preset",
    "dxf_files": "drawings",
}


def missing_fields(facts: Mapping[str, Any]) -> list[str]:
    """Return which of NEEDED are absent or nought in `facts`, keyed by the same names."""
    return [name for name in NEEDED if not facts.get(name)]


def data_completeness(missing: list[str]) -> int:
    """Return how much of what a cut needs is there, in whole per cent."""
    return round(100 * (len(NEEDED) - len(missing)) / len(NEEDED))


def tell(missing: list[str]) -> str:
    """Return the missing data in words."""
    return ", ".join(LABELS[name] for name in missing)
