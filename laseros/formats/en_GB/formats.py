"""British English with a 24-hour clock: a shift plan has no “a.m.”."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"

# Django's own, and as the pages write them.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%d/%m/%y", "%d %b %Y", "%d %B %Y"]

# Of days near enough for their weekday to say more than their year; not among Django's own.
DAY_FORMAT = "j M"
WEEKDAY_FORMAT = "D j M"
WEEKDAY_YEAR_FORMAT = "D j M Y"
WEEKDAY_TIME_FORMAT = "D j M H:i"
WEEKDAY_CLOCK_FORMAT = "D H:i"
