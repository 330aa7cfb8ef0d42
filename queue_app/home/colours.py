"""Colours of materials in a chart, such that neighbours can be told apart.

A material has the colour that staff gave it. Where that is too near to one already in the chart
(each new material begins as the same grey), another takes its place, in this chart only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

NEAR = 0.08  # in OKLab: below it two areas look alike to a quick eye
SPARE = (
    "#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#06b6d4", "#ec4899", "#84cc16",
    "#a16207", "#475569",
)  # fmt: skip

Lab = tuple[float, float, float]


def told_apart(wanted: Iterable[str]) -> list[str]:
    """Return the colours (#rrggbb) in their order, those too near to an earlier one replaced."""
    taken: list[str] = []
    for colour in wanted:
        fits = next((one for one in (colour, *SPARE) if _is_far(one, taken)), colour)
        taken.append(fits)
    return taken


def _is_far(colour: str, others: list[str]) -> bool:
    return all(_distance(_lab(colour), _lab(other)) >= NEAR for other in others)


def _distance(one: Lab, other: Lab) -> float:
    return math.dist(one, other)


def _lab(colour: str) -> Lab:
    """Return a colour in OKLab, in which equal distances look equally different."""
    red, green, blue = (_linear(int(colour[n : n + 2], 16) / 255) for n in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    mid = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * mid - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * mid + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * mid - 0.8086757660 * short,
    )


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
