"""Two-factor sign-in, passwords that must be changed and may not come back, browsers' sign-ins."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from operators_app.taking_back import Kept, refuse_to_lose


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("operators_app", "0003_names_of_columns"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="browser_key",
            field=models.CharField(
                blank=True, db_index=True, editable=False, max_length=40, verbose_name="browser key"
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="channel",
            field=models.CharField(
                choices=[("admin", "Back office"), ("api", "Phone")],
                default="api",
                max_length=10,
                verbose_name="signed in to",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="last_seen_at",
            field=models.DateTimeField(
                blank=True,
                help_text="In the back office to some minutes, of a phone to an hour.",
                null=True,
                verbose_name="last seen",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="second_factor",
            field=models.CharField(
                blank=True,
                choices=[("", "Not asked for"), ("awaited", "Awaited"), ("passed", "Passed")],
                default="",
                max_length=10,
                verbose_name="second factor",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(
                default=False,
                help_text="At the next sign-in nothing else works until a new password is chosen.",
                verbose_name="must change the password",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="second_factor_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="two-factor sign-in since"
            ),
        ),
        migrations.AlterField(
            model_name="loginrecord",
            name="channel",
            field=models.CharField(
                choices=[("admin", "Back office"), ("api", "Phone")],
                max_length=10,
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="loginrecord",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("success", "Signed in"),
                    ("wrong_password", "Wrong name or password"),
                    ("inactive", "Account is inactive"),
                    ("not_permitted", "Role may not sign in here"),
                    ("no_profile", "No operator profile"),
                    ("locked_out", "Locked out after too many failures"),
                    ("code_awaited", "Right password; code awaited"),
                    ("wrong_code", "Right password, wrong code"),
                ],
                max_length=20,
                verbose_name="outcome",
            ),
        ),
        migrations.CreateModel(
            name="PastPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128)),
                ("replaced_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_passwords",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RolePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "requires_second_factor",
                    models.BooleanField(
                        default=False,
                        help_text="Besides the password a code from an app on the phone. Who has not set it up yet is led to it, and can do nothing else until it is done.",
                        verbose_name="two-factor sign-in required",
                    ),
                ),
                (
                    "group",
                    models.OneToOneField(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_policy",
                        to="auth.group",
                    ),
                ),
            ],
            options={
                "verbose_name": "role",
                "verbose_name_plural": "roles",
                "ordering": ["pk"],
            },
        ),
        refuse_to_lose(
            "operators_app",
            Kept("PastPassword", "past passwords", {}),
            Kept("User", "people's two-factor sign-in", {"second_factor_at": None}),
            Kept("User", "that a password must be changed", {"must_change_password": False}),
            Kept("RolePolicy", "what roles require", {"requires_second_factor": False}),
        ),
    ]
