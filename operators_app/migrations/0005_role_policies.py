"""A policy for each role, and who may look at it; a viewer sees people and sign-ins, too."""

from django.db import migrations

from operators_app.role_permissions import LOOK, grant

ROLES = ("admin", "manager", "operator", "viewer")


def forwards(apps, schema_editor):
    group_model = apps.get_model("auth", "Group")
    policy_model = apps.get_model("operators_app", "RolePolicy")
    for name in ROLES:
        policy_model.objects.get_or_create(group=group_model.objects.get_or_create(name=name)[0])
    grant(
        apps,
        "operators_app",
        {
            "admin": {"rolepolicy": ("view", "change")},
            "manager": {"rolepolicy": LOOK},
            "viewer": {
                "rolepolicy": LOOK, "user": LOOK, "session": LOOK, "loginrecord": LOOK,
            },
        },
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("operators_app", "0004_two_factors_and_passwords")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
