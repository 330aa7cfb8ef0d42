"""What the roles may do with the queue, and a row for each count that is kept."""

from django.db import migrations

from operators_app.role_permissions import LOOK, WORK, grant


def grant_rights(apps, schema_editor):
    grant(
        apps,
        "queue_app",
        {
            "admin": {"*": WORK},
            "manager": {"*": WORK},
            "operator": {"*": LOOK, "queueitem": ("view", "add", "change")},
            "viewer": {"*": LOOK},
        },
    )


def count_items(apps, schema_editor):
    item_model = apps.get_model("queue_app", "QueueItem")
    count_model = apps.get_model("queue_app", "QueueCount")
    for status in ("queued", "in_progress", "completed", "cancelled"):
        count_model.objects.update_or_create(
            pk=status, defaults={"count": item_model.objects.filter(status=status).count()}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("queue_app", "0001_initial"),
        ("operators_app", "0002_roles_and_log_head"),
    ]

    operations = [
        migrations.RunPython(grant_rights, migrations.RunPython.noop),
        migrations.RunPython(count_items, migrations.RunPython.noop),
    ]
