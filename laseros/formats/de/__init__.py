"""German, with dates in figures and without the names of months."""
