"""What was measured: rows of a table, printed and written as JSON."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.place import say


@dataclass(frozen=True)
class Goal:
    """A bound of a figure; none means that the figure is only written down."""

    text: str = ""
    least: float | None = None
    most: float | None = None

    def is_met(self, figure: float) -> bool | None:
        """Tell whether the figure keeps within the bound."""
        if self.least is None and self.most is None:
            return None
        above = self.least is None or figure >= self.least
        return above and (self.most is None or figure <= self.most)


def at_most(most: float, more: str = "") -> Goal:
    """Return a goal with an upper bound."""
    return Goal(f"≤ {most:g}{more}", most=most)


def at_least(least: float) -> Goal:
    """Return a goal with a lower bound."""
    return Goal(f"≥ {least:g}", least=least)


NO_GOAL = Goal()


@dataclass(frozen=True)
class Row:
    """One line of the table; a figure of None was not measured."""

    work: str
    figure: float | None
    unit: str
    goal: str
    met: bool | None
    database: str


@dataclass
class Report:
    """All rows of one run on one database."""

    database: str
    rows: list[Row] = field(default_factory=list)

    def add(self, work: str, unit: str, figures: list[float], goal: Goal = NO_GOAL) -> None:
        """Add the median of the rounds."""
        figure = float(f"{statistics.median(figures):.4g}")
        self.rows.append(Row(work, figure, unit, goal.text, goal.is_met(figure), self.database))

    def leave_out(self, work: str, why: str, goal: Goal = NO_GOAL) -> None:
        """Add a row of what cannot be measured yet."""
        self.rows.append(Row(work, None, f"not measured: {why}", goal.text, None, self.database))

    def print(self) -> None:
        """Print the table."""
        width = max((len(row.work) for row in self.rows), default=4) + 2
        say(f"\n{'work':<{width}}{'figure':>10}  {'unit':<20}{'goal':<18}met   ({self.database})")
        for row in self.rows:
            if row.figure is None:
                say(f"{row.work:<{width}}{'–':>10}  {row.unit}; goal {row.goal or '–'}")
                continue
            met = {True: "yes", False: "NO", None: ""}[row.met]
            say(f"{row.work:<{width}}{row.figure:>10g}  {row.unit:<20}{row.goal:<18}{met}")

    def write(self, path: Path) -> None:
        """Write the rows; those of other works and of the other database are kept."""
        mine = {row.work for row in self.rows}
        earlier = json.loads(path.read_text()) if path.exists() else []
        kept = [
            row for row in earlier if row["database"] != self.database or row["work"] not in mine
        ]
        told = [*kept, *(asdict(row) for row in self.rows)]
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")

    def forget(self, path: Path) -> None:
        """Drop what was written earlier of this database: everything was measured anew."""
        if path.exists():
            rows = json.loads(path.read_text())
            kept = [row for row in rows if row["database"] != self.database]
            path.write_text(json.dumps(kept))
