"""How dates and times are written, beside what Django knows of languages."""
