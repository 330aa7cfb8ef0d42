"""Has drawings that were never read asked for again, every 15 minutes, by the job process."""

from django.db import migrations

NAME = "Read forgotten drawings"


def forwards(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=NAME,
        defaults={
            "func": "projects_app.jobs.requeue_unread",
            "schedule_type": "I",  # every so many minutes
            "minutes": 15,
            "repeats": -1,  # for ever
        },
    )


def backwards(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("projects_app", "0002_role_permissions"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
