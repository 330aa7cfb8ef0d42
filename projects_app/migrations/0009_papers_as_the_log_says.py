"""Fill the columns of 0007 from the log, where they had been taken back and are there again."""

from django.db import migrations
from django.db.models import Q

from operators_app.log_columns import restore_columns

COLUMNS = {
    "designfile": ("preview", "preview_problem"),
    "document": ("number",),
    "shop": (
        "bank_details", "delivery_note_prefix", "logo", "next_delivery_note_number",
        "next_quote_number", "paper_footer", "quote_prefix", "quote_terms", "quote_validity_days",
        "tax_number", "vat_percent",
    ),
}  # fmt: skip
THAT_TELL = Q(verb__in=("record_preview", "make_quote", "make_delivery_note"))


def restore(apps, schema_editor):
    log = apps.get_model("operators_app", "ActivityLog").objects
    entries = log.filter(THAT_TELL | Q(target_type="shop"))
    restore_columns(apps, "projects_app", entries, COLUMNS)


class Migration(migrations.Migration):
    dependencies = [
        ("projects_app", "0008_find_completed_by_date"),
        ("operators_app", "0003_names_of_columns"),
    ]

    operations = [migrations.RunPython(restore, migrations.RunPython.noop)]
