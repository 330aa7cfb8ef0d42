"""Laser OS: settings, addresses, and the API's envelope. No business rule lives here."""

__version__ = "0.1.0"
