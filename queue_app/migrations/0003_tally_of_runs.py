"""The tally of each operator's runs, filled from the runs there are."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, Sum


def count_runs(apps, schema_editor):
    runs = apps.get_model("queue_app", "LaserRun").objects.filter(status="completed").order_by()
    tally_model = apps.get_model("queue_app", "RunTally")
    kinds = runs.values("operator_id", "preset_id", "material_type").annotate(
        jobs=Count("id"), minutes=Sum("cut_time_minutes")
    )
    tally_model.objects.bulk_create((tally_model(**kind) for kind in kinds), batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [
        ("operators_app", "0002_roles_and_log_head"),
        ("presets_app", "0002_role_permissions_and_materials"),
        ("queue_app", "0002_role_permissions_and_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "material_type",
                    models.CharField(blank=True, max_length=60, verbose_name="material"),
                ),
                ("jobs", models.PositiveIntegerField()),
                ("minutes", models.PositiveBigIntegerField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
                        to="operators_app.operator",
                    ),
                ),
                (
                    "preset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="presets_app.machinesettingspreset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator", "preset", "material_type"),
                        name="one_tally_of_each_kind",
                    )
                ],
            },
        ),
        migrations.RunPython(count_runs, migrations.RunPython.noop),
    ]
