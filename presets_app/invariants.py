"""What must be true of materials: a name means one of them."""

from __future__ import annotations

from collections.abc import Iterator

from laseros.doctor import invariant
from laseros.names import name_key
from presets_app.models import Material, MaterialAlias


@invariant
def names_mean_one_material() -> Iterator[str]:
    """Each name of a material, and each other name, means that material alone."""
    materials = {}
    for name, key in Material.objects.values_list("name", "key"):
        materials[key] = name
        if key != name_key(name):
            yield f"The material “{name}” cannot be found by its name. Save it anew."
    for name, key in MaterialAlias.objects.values_list("name", "key"):
        if key != name_key(name):
            yield f"The alias “{name}” cannot be found by its name. Enter it anew."
        if key in materials:
            yield f"“{name}” is a material and an alias of another. Delete the alias."
