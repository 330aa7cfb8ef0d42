"""What templates tell of the shop."""

from __future__ import annotations

from django import template

from projects_app.models import Shop

register = template.Library()


@register.simple_tag
def shop_name() -> str:
    """Return the shop's name, as on its papers."""
    return Shop.current().name
