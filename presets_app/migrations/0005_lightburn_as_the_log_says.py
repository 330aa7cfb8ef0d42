"""Fill the column of 0004 from the log, where it had been taken back and is there again."""

from django.db import migrations

from operators_app.log_columns import restore_columns


def restore(apps, schema_editor):
    log = apps.get_model("operators_app", "ActivityLog").objects
    entries = log.filter(target_type="machinesettingspreset")
    restore_columns(apps, "presets_app", entries, {"machinesettingspreset": ("lightburn",)})


class Migration(migrations.Migration):
    dependencies = [
        ("presets_app", "0004_lightburn_entries"),
        ("operators_app", "0003_names_of_columns"),
    ]

    operations = [migrations.RunPython(restore, migrations.RunPython.noop)]
