"""Production reports, when they are made, and the schedule that looks whether one is due.

The row of times is made with its entry of the log. Where the log knows times and reports already,
because this migration was undone, they are as the log says.
"""

import datetime
import hashlib
import uuid

from django.db import migrations, models
from django.utils import timezone

import laseros.clock
from operators_app.role_permissions import LOOK, grant

NAME = "Make production reports"


def grant_rights(apps, schema_editor):
    look = {"productionreport": LOOK, "reporttimes": LOOK}
    change = {**look, "reporttimes": ("view", "change")}
    grant(apps, "queue_app", {"admin": change, "manager": change, "viewer": look})


def make_rows(apps, schema_editor):
    log_model = apps.get_model("operators_app", "ActivityLog")
    if not log_model.objects.filter(target_type="reporttimes").exists():
        log_times(apps, log_model)
    told = {}
    kinds = ["reporttimes", "productionreport"]
    for entry in log_model.objects.filter(target_type__in=kinds).order_by("seq"):
        for key, values in entry.after.items():
            stamps = {"created_at": entry.recorded_at, **told.get(key, {})}
            told[key] = {**stamps, **values, "updated_at": entry.recorded_at, "seq": entry.seq}
    for key, values in told.items():
        kind, _, pk = key.partition(":")
        model = apps.get_model("queue_app", kind)
        fields = {field.name: field for field in model._meta.concrete_fields}
        known = {name: fields[name].to_python(v) for name, v in values.items() if name in fields}
        model.objects.create(pk=int(pk), **known)


def log_times(apps, log_model):
    now = timezone.now()
    head = apps.get_model("operators_app", "LogHead").objects.select_for_update().get(pk=1)
    head.seq += 1
    head.save(update_fields=["seq"])
    today = laseros.clock.shop_today().isoformat()
    values = {
        "daily_on": True, "daily_at": "06:00:00", "daily_since": today,
        "weekly_on": True, "weekly_at": "06:00:00", "weekly_since": today, "weekly_day": 0,
    }  # fmt: skip
    log_model.objects.create(
        seq=head.seq, verb="create", target_type="reporttimes", target_id=1,
        user=apps.get_model("operators_app", "User").objects.get(username="system"),
        source="system", op_id=uuid.uuid4(),
        fingerprint=hashlib.sha256(b"the times of reports to begin with").hexdigest(),
        after={"reporttimes:1": values}, performed_at=now, effective_at=now, recorded_at=now,
    )  # fmt: skip


def schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=NAME,
        defaults={
            "func": "queue_app.jobs.make_due_reports",
            "schedule_type": "I",  # every so many minutes
            "minutes": 5,
            "repeats": -1,  # for ever
            "kwargs": "q_options={'save': False}",  # only what failed is worth a line
        },
    )


def unschedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("queue_app", "0004_names_of_columns"),
        ("operators_app", "0003_names_of_columns"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProductionReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("daily", "Daily"), ("weekly", "Weekly")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("first_day", models.DateField(verbose_name="from")),
                ("last_day", models.DateField(verbose_name="to")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("figures", models.JSONField(default=dict, verbose_name="figures")),
            ],
            options={
                "verbose_name": "production report",
                "verbose_name_plural": "production reports",
                "ordering": ["-last_day", "kind", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "first_day"), name="one_report_of_a_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["daily", "weekly"])),
                        name="report_kind_is_legal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="report_ends_after_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportTimes",
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
                ("daily_on", models.BooleanField(default=True, verbose_name="make a daily report")),
                (
                    "daily_at",
                    models.TimeField(
                        default=datetime.time(6, 0),
                        help_text="By the shop’s clock, within five minutes; it is about the day before.",
                        verbose_name="daily report at",
                    ),
                ),
                ("daily_since", models.DateField(default=laseros.clock.shop_today, editable=False)),
                (
                    "weekly_on",
                    models.BooleanField(default=True, verbose_name="make a weekly report"),
                ),
                (
                    "weekly_day",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        default=0,
                        help_text="It is about the last week that is over, from Monday to Sunday.",
                        verbose_name="weekly report on",
                    ),
                ),
                (
                    "weekly_at",
                    models.TimeField(
                        default=datetime.time(6, 0),
                        help_text="By the shop’s clock.",
                        verbose_name="weekly report at",
                    ),
                ),
                (
                    "weekly_since",
                    models.DateField(default=laseros.clock.shop_today, editable=False),
                ),
            ],
            options={
                "verbose_name": "report times",
                "verbose_name_plural": "report times",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="report_times_are_one_row"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weekly_day__gte", 0), ("weekly_day__lte", 6)),
                        name="report_day_is_a_weekday",
                    ),
                ],
            },
        ),
        migrations.RunPython(grant_rights, migrations.RunPython.noop),
        migrations.RunPython(make_rows, migrations.RunPython.noop),
        migrations.RunPython(schedule, unschedule),
    ]
