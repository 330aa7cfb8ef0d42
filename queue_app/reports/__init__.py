"""Production reports: made by the clock, once for each day and week, and kept as they were."""
