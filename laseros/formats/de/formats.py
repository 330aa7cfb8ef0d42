"""German with dates in figures: a column of a list has no room for “25. Oktober 2025”."""

DATE_FORMAT = "d.m.Y"
DATETIME_FORMAT = "d.m.Y, H:i"

DAY_FORMAT = "j. N"
WEEKDAY_FORMAT = "D. d.m."
WEEKDAY_YEAR_FORMAT = "D. d.m.Y"
WEEKDAY_TIME_FORMAT = "D. d.m. H:i"
WEEKDAY_CLOCK_FORMAT = "D. H:i"
