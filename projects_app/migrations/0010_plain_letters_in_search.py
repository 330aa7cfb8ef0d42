"""Folds letters such as ł and ø in the texts that are searched, as queries are folded by now."""

from django.db import migrations
from django.db.models import Q

BATCH = 500
PLAIN = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th", "æ": "ae",
    "œ": "oe",
})  # fmt: skip


def fold(apps, schema_editor):
    has_one = Q()
    for number in PLAIN:
        has_one |= Q(text__contains=chr(number))
    for name in ("ProjectText", "ClientText"):
        model = apps.get_model("projects_app", name)
        keys = list(model.objects.filter(has_one).values_list("pk", flat=True))
        for start in range(0, len(keys), BATCH):
            rows = list(model.objects.filter(pk__in=keys[start : start + BATCH]))
            for row in rows:
                row.text = row.text.translate(PLAIN)
            model.objects.bulk_update(rows, ["text"])


class Migration(migrations.Migration):
    dependencies = [("projects_app", "0009_papers_as_the_log_says")]

    operations = [migrations.RunPython(fold, migrations.RunPython.noop)]
