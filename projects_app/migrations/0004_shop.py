"""The shop's own row; when its working day begins is taken over from the environment."""

import datetime as dt
import hashlib
import os
import uuid
from decimal import Decimal

import django.core.validators
from django.db import migrations, models
from django.utils import timezone

import projects_app.models.shop
from operators_app.role_permissions import LOOK, grant


def grant_rights(apps, schema_editor):
    grant(
        apps,
        "projects_app",
        {
            "admin": {"shop": ("view", "change")},
            "manager": {"shop": LOOK},
            "viewer": {"shop": LOOK},
        },
    )


def workday():
    """Return when the working day begins, as the environment had it, and hours that fit the day."""
    try:
        start = dt.time.fromisoformat(os.environ.get("WORKDAY_START", "08:00"))
    except ValueError:
        start = dt.time(8)
    left = Decimal(24 * 60 - start.hour * 60 - start.minute) / 60
    hours = min(Decimal(8), max(Decimal("0.25"), left.quantize(Decimal("0.01"))))
    return {"workday_start": start.strftime("%H:%M:00"), "workday_hours": str(hours)}


def make_shop(apps, schema_editor):
    """Make the row with its entry of the log; where the log knows it already, as the log says."""
    log_model = apps.get_model("operators_app", "ActivityLog")
    if not log_model.objects.filter(target_type="shop").exists():
        log_shop(apps, log_model)
    entries = list(log_model.objects.filter(target_type="shop").order_by("seq"))
    values = {}
    for entry in entries:
        values.update(entry.after.get("shop:1", {}))
    shop_model = apps.get_model("projects_app", "Shop")
    fields = {field.name: field for field in shop_model._meta.concrete_fields}
    known = {name: fields[name].to_python(told) for name, told in values.items() if name in fields}
    shop_model.objects.create(
        created_at=entries[0].recorded_at, updated_at=entries[-1].recorded_at,
        seq=entries[-1].seq, **known,
    )  # fmt: skip


def log_shop(apps, log_model):
    now = timezone.now()
    head = apps.get_model("operators_app", "LogHead").objects.select_for_update().get(pk=1)
    head.seq += 1
    head.save(update_fields=["seq"])
    log_model.objects.create(
        seq=head.seq, verb="create", target_type="shop", target_id=1,
        user=apps.get_model("operators_app", "User").objects.get(username="system"),
        source="system", op_id=uuid.uuid4(),
        fingerprint=hashlib.sha256(b"the shop to begin with").hexdigest(),
        after={"shop:1": workday()}, performed_at=now, effective_at=now, recorded_at=now,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("projects_app", "0003_schedule_forgotten_drawings"),
        ("operators_app", "0002_roles_and_log_head"),
    ]

    operations = [
        migrations.CreateModel(
            name="Shop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False, verbose_name="created")),
                ("updated_at", models.DateTimeField(editable=False, verbose_name="last changed")),
                (
                    "seq",
                    models.BigIntegerField(
                        db_index=True,
                        editable=False,
                        help_text="The number of the log entry that last changed this row.",
                        verbose_name="log entry",
                    ),
                ),
                ("name", models.CharField(default="Laser OS", max_length=150, verbose_name="name")),
                ("address", models.TextField(blank=True, max_length=500, verbose_name="address")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                (
                    "workday_start",
                    models.TimeField(
                        default=dt.time(8, 0),
                        help_text="By the shop's clock.",
                        verbose_name="working day begins",
                    ),
                ),
                (
                    "workday_hours",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("8"),
                        help_text="How long a laser can cut on a working day.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.25")),
                            django.core.validators.MaxValueValidator(Decimal("24")),
                        ],
                        verbose_name="working hours a day",
                    ),
                ),
                (
                    "workdays",
                    models.JSONField(
                        blank=True,
                        default=projects_app.models.shop.monday_to_friday,
                        verbose_name="working days",
                    ),
                ),
                (
                    "laser_count",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="How many jobs can be cut at the same time.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="lasers",
                    ),
                ),
            ],
            options={
                "verbose_name": "shop",
                "verbose_name_plural": "shop",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="shop_is_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("workday_hours__gt", 0), ("workday_hours__lte", 24)),
                        name="shop_workday_fits_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("laser_count__gte", 1)), name="shop_has_a_laser"
                    ),
                ],
            },
        ),
        migrations.RunPython(grant_rights, migrations.RunPython.noop),
        migrations.RunPython(make_shop, migrations.RunPython.noop),
    ]
