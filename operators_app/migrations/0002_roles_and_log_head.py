"""The four roles, the system's own account, and the one row of the log's head."""

import uuid

from django.db import migrations

from operators_app.role_permissions import LOOK, WORK, grant


def forwards(apps, schema_editor):
    apps.get_model("operators_app", "LogHead").objects.get_or_create(
        pk=1, defaults={"seq": 0, "epoch": uuid.uuid4()}
    )
    apps.get_model("operators_app", "User").objects.get_or_create(
        username="system", defaults={"is_active": False, "password": "!", "last_name": "Laser OS"}
    )
    grant(
        apps,
        "operators_app",
        {
            "admin": {"*": WORK, "people": ("manage",)},
            "manager": {
                "operator": WORK, "user": LOOK, "session": LOOK, "loginrecord": LOOK,
                "activitylog": LOOK, "flag": LOOK,
            },
            "operator": {"operator": LOOK},
            "viewer": {"operator": LOOK, "activitylog": LOOK, "flag": LOOK},
        },
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("operators_app", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=False)]
