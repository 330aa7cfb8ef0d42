"""What projects and clients are found by, with trigram indexes on PostgreSQL."""

from itertools import islice

import django.db.models.deletion
from django.core.management import CommandError
from django.db import NotSupportedError, OperationalError, ProgrammingError, migrations, models

from laseros.search import search_text

TABLES = ("projecttext", "clienttext")
BATCH = 500


def add_trigrams(apps, schema_editor):
    """Make the extension, which an owner of the database may since PostgreSQL 13."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            return
    try:
        schema_editor.execute("CREATE EXTENSION pg_trgm")
    except (ProgrammingError, OperationalError, NotSupportedError) as error:
        name, user = connection.settings_dict["NAME"], connection.settings_dict["USER"]
        raise CommandError(
            f"The search needs PostgreSQL's extension pg_trgm, and {user} cannot add it "
            f"({str(error).splitlines()[0]}). Install the package postgresql-contrib where it is "
            f"missing, then as a superuser: psql {name} -c 'CREATE EXTENSION pg_trgm', and start "
            "again."
        ) from error


def fill(apps, schema_editor):
    """Write the texts of what is there."""
    write(apps, "ClientText", "client_id", client_texts(apps))
    write(apps, "ProjectText", "project_id", project_texts(apps))


def client_texts(apps):
    columns = ("pk", "code", "name", "contact_person", "email", "phone")
    rows = apps.get_model("projects_app", "Client").objects.order_by("pk").values_list(*columns)
    for pk, *fields in rows.iterator(chunk_size=BATCH):
        yield pk, search_text(fields)


def project_texts(apps):
    columns = ("pk", "project_code", "name", "client__code", "client__name", "description")
    rows = apps.get_model("projects_app", "Project").objects.order_by("pk").values_list(*columns)
    projects = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(projects, BATCH)):
        fields = {pk: told for pk, *told in batch}
        descriptions = {pk: told.pop() for pk, told in fields.items()}
        for model, names in (
            ("ProjectPart", ("part__part_number", "part__name")),
            ("DesignFile", ("original_filename",)),
            ("Document", ("original_filename",)),
        ):
            rows = apps.get_model("projects_app", model).objects.filter(project__in=list(fields))
            for pk, *told in rows.order_by("id").values_list("project_id", *names):
                fields[pk] += told
        for pk, told in fields.items():
            yield pk, search_text([*dict.fromkeys(told), descriptions[pk]])


def write(apps, name, key, pairs):
    model = apps.get_model("projects_app", name)
    rows = (model(**{key: pk, "text": text}) for pk, text in pairs)
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)


def add_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(
                f"CREATE INDEX {table}_trigrams ON projects_app_{table} "
                "USING gin (text gin_trgm_ops)"
            )


class Migration(migrations.Migration):
    dependencies = [("projects_app", "0005_names_of_columns")]

    operations = [
        migrations.RunPython(add_trigrams, migrations.RunPython.noop),
        migrations.CreateModel(
            name="ClientText",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="projects_app.client",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ProjectText",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="projects_app.project",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(add_indexes, migrations.RunPython.noop),
    ]
