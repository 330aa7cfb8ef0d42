"""What the roles may do, and the common sheet metals to begin with.

Densities in g/cm³ are the usual handbook figures.
"""

import hashlib
import uuid

from django.db import migrations
from django.utils import timezone

from operators_app.role_permissions import LOOK, WORK, grant

MATERIALS = [
    ("Mild Steel", ["Steel", "Carbon Steel", "MS", "Baustahl"], "7.850", "#4a5568"),
    ("Stainless Steel", ["Stainless", "SS", "Inox", "Edelstahl"], "7.930", "#64748b"),
    ("Aluminum", ["Aluminium", "Alu"], "2.700", "#3b82a6"),
    ("Galvanised Steel", ["Galvanized Steel", "Galv", "Verzinkt"], "7.850", "#7c8f6b"),
    ("Brass", ["Messing"], "8.500", "#b08d2f"),
    ("Copper", ["Kupfer"], "8.960", "#b5653a"),
]


def grant_rights(apps, schema_editor):
    grant(
        apps,
        "presets_app",
        {
            "admin": {"*": WORK},
            "manager": {"*": WORK},
            "operator": {"*": LOOK},
            "viewer": {"*": LOOK},
        },
    )


def add_materials(apps, schema_editor):
    material_model = apps.get_model("presets_app", "Material")
    alias_model = apps.get_model("presets_app", "MaterialAlias")
    if material_model.objects.exists():
        return
    now = timezone.now()
    head = apps.get_model("operators_app", "LogHead").objects.select_for_update().get(pk=1)
    head.seq += 1
    head.save(update_fields=["seq"])
    stamp = {"created_at": now, "updated_at": now, "seq": head.seq}
    for name, aliases, density, colour in MATERIALS:
        material = material_model.objects.create(
            name=name, key=name.casefold(), density=density, colour=colour, **stamp
        )
        for alias in aliases:
            alias_model.objects.create(material=material, name=alias, key=alias.casefold(), **stamp)
    apps.get_model("operators_app", "ActivityLog").objects.create(
        seq=head.seq, verb="import", target_type="material", target_id=None,
        user=apps.get_model("operators_app", "User").objects.get(username="system"),
        source="system", op_id=uuid.uuid4(),
        fingerprint=hashlib.sha256(b"materials to begin with").hexdigest(),
        after={"materials": [row[0] for row in MATERIALS]},
        performed_at=now, effective_at=now, recorded_at=now,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("presets_app", "0001_initial"),
        ("operators_app", "0002_roles_and_log_head"),
    ]

    operations = [
        migrations.RunPython(grant_rights, migrations.RunPython.noop),
        migrations.RunPython(add_materials, migrations.RunPython.noop),
    ]
