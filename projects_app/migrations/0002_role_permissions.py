"""What the roles may do with clients, projects, parts, drawings and documents."""

from django.db import migrations

from operators_app.role_permissions import LOOK, WORK, grant


def forwards(apps, schema_editor):
    grant(
        apps,
        "projects_app",
        {
            "admin": {"*": WORK},
            "manager": {"*": WORK},
            "operator": {"*": LOOK, "project": ("view", "change")},
            "viewer": {"*": LOOK},
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("projects_app", "0001_initial"),
        ("operators_app", "0002_roles_and_log_head"),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
