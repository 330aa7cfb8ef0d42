from django.db import migrations, models

STATUSES = {
    "waiting": "Waiting to be read",
    "checking": "Being read",
    "checked": "Read, not imported yet",
    "failed": "Could not be read",
    "writing": "Being imported",
    "imported": "Imported",
    "undone": "Undone",
    "discarded": "Discarded",
}


def call_discarded_failed(apps, schema_editor):
    """Call what was discarded what it was before: an upload that nobody can import."""
    uploads = apps.get_model("operators_app", "SheetImport").objects.filter(status="discarded")
    uploads.update(status="failed")


class Migration(migrations.Migration):
    dependencies = [("operators_app", "0009_names_of_accounts")]

    operations = [
        migrations.RemoveConstraint("sheetimport", "import_status_is_legal"),
        migrations.RunPython(migrations.RunPython.noop, call_discarded_failed),
        migrations.AlterField(
            model_name="sheetimport",
            name="status",
            field=models.CharField(
                choices=list(STATUSES.items()),
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetimport",
            constraint=models.CheckConstraint(
                condition=models.Q(status__in=list(STATUSES)), name="import_status_is_legal"
            ),
        ),
    ]
