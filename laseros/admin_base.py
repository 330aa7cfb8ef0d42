"""The admin site and the base of every model's admin: a surface over the verbs."""

from __future__ import annotations

from unfold.sites import UnfoldAdminSite


class LaserOSAdminSite(UnfoldAdminSite):
    """The back office."""
