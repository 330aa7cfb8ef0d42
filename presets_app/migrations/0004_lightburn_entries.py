"""Presets keep the LightBurn entry that they came from; those for engraving fit any thickness."""

import django.core.validators
from django.core.management import CommandError
from django.db import migrations, models


def refuse_without_thickness(apps, schema_editor):
    presets = apps.get_model("presets_app", "MachineSettingsPreset").objects
    if count := presets.filter(thickness=None).count():
        raise CommandError(
            f"{count} presets have no thickness, which the earlier version cannot keep; give them "
            "one first."
        )


class Migration(migrations.Migration):
    dependencies = [("presets_app", "0003_names_of_columns")]

    operations = [
        migrations.AddField(
            model_name="machinesettingspreset",
            name="lightburn",
            field=models.TextField(
                blank=True, default="", editable=False, verbose_name="LightBurn entry"
            ),
        ),
        migrations.AlterField(
            model_name="machinesettingspreset",
            name="thickness",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Empty for settings that fit any sheet, such as those for engraving.",
                max_digits=6,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(
                        0.001, "The value must be greater than nought."
                    )
                ],
                verbose_name="thickness (mm)",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_without_thickness),
    ]
