"""Uploads of spreadsheets, and what headings mean."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from operators_app.role_permissions import LOOK, WORK, grant
from operators_app.taking_back import Kept, refuse_to_lose


def grant_rights(apps, schema_editor):
    grant(
        apps,
        "operators_app",
        {
            "admin": {"sheetimport": LOOK, "headingsynonym": WORK},
            "manager": {"sheetimport": LOOK, "headingsynonym": WORK},
            "viewer": {"sheetimport": LOOK, "headingsynonym": LOOK},
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("operators_app", "0005_role_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeadingSynonym",
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
                ("kind", models.CharField(max_length=40, verbose_name="sheets of")),
                ("heading", models.CharField(max_length=100, verbose_name="heading")),
                ("key", models.CharField(editable=False, max_length=100)),
                (
                    "column",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the column is not read.",
                        max_length=40,
                        verbose_name="means",
                    ),
                ),
            ],
            options={
                "verbose_name": "heading",
                "verbose_name_plural": "headings",
                "ordering": ["kind", "heading"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "key"),
                        name="heading_means_one_column",
                        violation_error_message="This heading is in the table already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SheetImport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="into")),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("stored_as", models.CharField(blank=True, editable=False, max_length=32)),
                ("size_bytes", models.PositiveIntegerField(default=0)),
                ("language", models.CharField(default="en-gb", editable=False, max_length=10)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be read"),
                            ("checking", "Being read"),
                            ("checked", "Read, not imported yet"),
                            ("failed", "Could not be read"),
                            ("writing", "Being imported"),
                            ("imported", "Imported"),
                            ("undone", "Undone"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "good_only",
                    models.BooleanField(default=False, verbose_name="without the bad rows"),
                ),
                (
                    "uploaded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="uploaded"
                    ),
                ),
                (
                    "heard_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("rows_done", models.PositiveIntegerField(default=0)),
                ("rows_total", models.PositiveIntegerField(default=0)),
                ("rows_new", models.PositiveIntegerField(default=0, verbose_name="new")),
                ("rows_changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                (
                    "rows_unchanged",
                    models.PositiveIntegerField(default=0, verbose_name="unchanged"),
                ),
                ("rows_refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                ("problem", models.CharField(blank=True, max_length=500, verbose_name="problem")),
                ("report", models.JSONField(default=dict, editable=False)),
                (
                    "entry_seq",
                    models.BigIntegerField(blank=True, null=True, verbose_name="log entry"),
                ),
                (
                    "undone_seq",
                    models.BigIntegerField(blank=True, null=True, verbose_name="undone by entry"),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-uploaded_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "waiting",
                                    "checking",
                                    "checked",
                                    "failed",
                                    "writing",
                                    "imported",
                                    "undone",
                                ],
                            )
                        ),
                        name="import_status_is_legal",
                    )
                ],
            },
        ),
        migrations.RunPython(grant_rights, migrations.RunPython.noop),
        refuse_to_lose(
            "operators_app",
            Kept("SheetImport", "imports", {"entry_seq": None}),
            Kept("HeadingSynonym", "what headings mean", {}),
        ),
    ]
