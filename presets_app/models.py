"""Materials with their other names, and the machine settings for cutting them."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

from laseros.tracking import Tracked, shows

POSITIVE = MinValueValidator(0.001, "The value must be greater than nought.")


def name_key(name: str) -> str:
    """Return the form in which names of materials are compared: case and spacing do not count."""
    return " ".join(name.split()).casefold()


class Material(Tracked):
    """A sheet material, known by its name and by any number of aliases."""

    name = models.CharField(max_length=60, unique=True)
    key = models.CharField(max_length=60, unique=True, editable=False)
    density = models.DecimalField(
        "density (g/cm³)", max_digits=6, decimal_places=3, null=True, blank=True,
        validators=[POSITIVE],
    )  # fmt: skip
    colour = models.CharField(
        max_length=7, default="#808080", help_text="Shown in lists and charts, such as #4a6fa5.",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write the colour like #4a6fa5.")],
    )  # fmt: skip
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(density__isnull=True) | models.Q(density__gt=0),
                name="material_density_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that is another material's alias."""
        self.name = " ".join(self.name.split())
        self.key = name_key(self.name)
        taken = MaterialAlias.objects.filter(key=self.key).exclude(material_id=self.pk).first()
        if taken:
            raise ValidationError({"name": f"“{self.name}” is another name of {taken.material}."})
        same = Material.objects.filter(key=self.key).exclude(pk=self.pk).first()
        if same:
            raise ValidationError({"name": f"There is already a material “{same.name}”."})


class MaterialAlias(Tracked):
    """Another name of a material: Aluminium and Alu for Aluminum."""

    material = models.ForeignKey(Material, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=60, unique=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "alias"
        verbose_name_plural = "aliases"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that means another material already."""
        self.name = " ".join(self.name.split())
        self.key = name_key(self.name)
        taken = Material.objects.filter(key=self.key).first()
        if taken:
            raise ValidationError({"name": f"“{self.name}” is already the name of a material."})
        same = MaterialAlias.objects.filter(key=self.key).exclude(pk=self.pk).first()
        if same:
            raise ValidationError({"name": f"“{self.name}” is already a name of {same.material}."})


class MachineSettingsPreset(Tracked):
    """The machine's settings for cutting one material of one thickness."""

    is_kept = True
    embeds = (shows("presets_app.material", "material", "name"),)

    preset_name = models.CharField("name", max_length=100, unique=True)
    material = models.ForeignKey(Material, models.PROTECT, related_name="presets")
    thickness = models.DecimalField(
        "thickness (mm)", max_digits=6, decimal_places=2, validators=[POSITIVE]
    )
    power = models.PositiveSmallIntegerField("power (%)")
    speed = models.PositiveIntegerField("speed (mm/min)")
    frequency = models.PositiveIntegerField("frequency (Hz)", null=True, blank=True)
    gas_type = models.CharField("gas", max_length=30, blank=True)
    gas_pressure = models.DecimalField(
        "gas pressure (bar)", max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    focus_offset = models.DecimalField(
        "focus offset (mm)", max_digits=5, decimal_places=2, null=True, blank=True
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["material__name", "thickness", "preset_name"]
        verbose_name = "preset"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(power__gte=0, power__lte=100), name="preset_power_is_percent",
                violation_error_message="The power is a percentage, from 0 to 100.",
            ),
            models.CheckConstraint(
                condition=models.Q(thickness__gt=0), name="preset_thickness_positive",
                violation_error_message="The thickness must be greater than nought.",
            ),
            models.CheckConstraint(
                condition=models.Q(gas_pressure__isnull=True) | models.Q(gas_pressure__gte=0),
                name="preset_pressure_not_negative",
                violation_error_message="The gas pressure must not be negative.",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["material", "thickness"], name="preset_for_sheet")]

    def __str__(self) -> str:
        return self.preset_name
