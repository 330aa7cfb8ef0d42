"""Let PostgreSQL number new reports after those that 0005 wrote with the numbers of the log."""

from django.core.management.color import no_style
from django.db import migrations

MODELS = ("productionreport", "reporttimes")


def set_counters(apps, schema_editor):
    models = [apps.get_model("queue_app", name) for name in MODELS]
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), models):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("queue_app", "0005_production_reports")]

    operations = [migrations.RunPython(set_counters, migrations.RunPython.noop)]
