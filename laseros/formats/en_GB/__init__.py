"""British English, with the shop floor’s 24-hour clock."""
