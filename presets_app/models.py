"""Materials with their other names, and the machine settings for cutting them."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from laseros.names import check_new_name, name_key
from laseros.tracking import Tracked, shows

POSITIVE = MinValueValidator(0.001, _("The value must be greater than nought."))


class Material(Tracked):
    """A sheet material, known by its name and by any number of aliases."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    key = models.CharField(_("key"), max_length=60, unique=True, editable=False)
    density = models.DecimalField(
        _("density (g/cm³)"), max_digits=6, decimal_places=3, null=True, blank=True,
        validators=[POSITIVE],
    )  # fmt: skip
    colour = models.CharField(
        _("colour"), max_length=7, default="#808080",
        help_text=_("Shown in lists and charts, such as #4a6fa5."),
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour like #4a6fa5."))],
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("material")
        verbose_name_plural = _("materials")
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
            raise ValidationError(
                {
                    "name": _("“%(name)s” is another name of %(material)s.")
                    % {"name": self.name, "material": taken.material}
                }
            )
        same = Material.objects.filter(key=self.key).exclude(pk=self.pk).first()
        if same:
            raise ValidationError(
                {"name": _("There is already a material “%(name)s”.") % {"name": same.name}}
            )


class MaterialAlias(Tracked):
    """Another name of a material: Aluminium and Alu for Aluminum."""

    material = models.ForeignKey(
        Material, models.CASCADE, verbose_name=_("material"), related_name="aliases"
    )
    name = models.CharField(_("name"), max_length=60)
    key = models.CharField(_("key"), max_length=60, unique=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that means another material already."""
        self.name = " ".join(self.name.split())
        self.key = name_key(self.name)
        taken = Material.objects.filter(key=self.key).first()
        if taken:
            raise ValidationError(
                {"name": _("“%(name)s” is already the name of a material.") % {"name": self.name}}
            )
        same = MaterialAlias.objects.filter(key=self.key).exclude(pk=self.pk).first()
        if same:
            raise ValidationError(
                {
                    "name": _("“%(name)s” is already a name of %(material)s.")
                    % {"name": self.name, "material": same.material}
                }
            )


class MachineSettingsPreset(Tracked):
    """The machine's settings for one material, of one thickness unless they fit any."""

    is_kept = True
    embeds = (shows("presets_app.material", "material", "name"),)
    # Wide enough for what LightBurn's libraries hold: a galvo's speed, a mark's nought.
    ranges = {
        "thickness": (Decimal("0.01"), 500), "speed": (0, 10_000_000), "frequency": (0, 10_000_000),
    }  # fmt: skip

    preset_name = models.CharField(_("name"), max_length=100, unique=True)
    material = models.ForeignKey(
        Material, models.PROTECT, verbose_name=_("material"), related_name="presets"
    )
    thickness = models.DecimalField(
        _("thickness (mm)"), max_digits=6, decimal_places=2, null=True, blank=True,
        validators=[POSITIVE],
        help_text=_("Empty for settings that fit any sheet, such as those for engraving."),
    )  # fmt: skip
    power = models.PositiveSmallIntegerField(_("power (%)"))
    speed = models.PositiveIntegerField(_("speed (mm/min)"))
    frequency = models.PositiveIntegerField(_("frequency (Hz)"), null=True, blank=True)
    gas_type = models.CharField(_("gas"), max_length=30, blank=True)
    gas_pressure = models.DecimalField(
        _("gas pressure (bar)"), max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    focus_offset = models.DecimalField(
        _("focus offset (mm)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    # What a LightBurn library said of it (lightburn.Entry), to be written back; "" for others.
    lightburn = models.TextField(_("LightBurn entry"), blank=True, default="", editable=False)

    class Meta:
        ordering = ["material__name", "thickness", "preset_name"]
        verbose_name = _("preset")
        verbose_name_plural = _("presets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(power__gte=0, power__lte=100), name="preset_power_is_percent",
                violation_error_message=_("The power is a percentage, from 0 to 100."),
            ),
            models.CheckConstraint(
                condition=models.Q(thickness__gt=0), name="preset_thickness_positive",
                violation_error_message=_("The thickness must be greater than nought."),
            ),
            models.CheckConstraint(
                condition=models.Q(gas_pressure__isnull=True) | models.Q(gas_pressure__gte=0),
                name="preset_pressure_not_negative",
                violation_error_message=_("The gas pressure must not be negative."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["material", "thickness"], name="preset_for_sheet")]

    def __str__(self) -> str:
        return self.preset_name

    def clean(self) -> None:
        """Refuse a new name that another preset has in another case."""
        check_new_name(self, "preset_name")
