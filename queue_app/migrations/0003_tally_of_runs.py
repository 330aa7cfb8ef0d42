"""The tallies of each operator's runs, filled from the runs there are."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, Sum


def count_runs(apps, schema_editor):
    runs = apps.get_model("queue_app", "LaserRun").objects.filter(status="completed").order_by()
    for model, kind in (("MaterialTally", "material_type"), ("PresetTally", "preset_id")):
        tally = apps.get_model("queue_app", model)
        sums = runs.values("operator_id", kind).annotate(
            jobs=Count("id"), minutes=Sum("cut_time_minutes")
        )
        tally.objects.bulk_create((tally(**one) for one in sums), batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [
        ("operators_app", "0002_roles_and_log_head"),
        ("presets_app", "0002_role_permissions_and_materials"),
        ("queue_app", "0002_role_permissions_and_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="MaterialTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jobs", models.PositiveIntegerField()),
                ("minutes", models.PositiveBigIntegerField()),
                (
                    "material_type",
                    models.CharField(blank=True, max_length=60, verbose_name="material"),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators_app.operator",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator", "material_type"), name="one_tally_of_a_material"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PresetTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jobs", models.PositiveIntegerField()),
                ("minutes", models.PositiveBigIntegerField()),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                "indexes": [
                    models.Index(fields=["operator", "jobs"], name="tally_of_commonest_preset")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator", "preset"), name="one_tally_of_a_preset"
                    )
                ],
            },
        ),
        migrations.RunPython(count_runs, migrations.RunPython.noop),
    ]
