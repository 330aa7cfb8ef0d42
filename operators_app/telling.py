"""The log in words: who did what, each changed value before and after, as people say it.

Ids become names, slugs labels, columns their captions. All names of a list of entries are fetched
in one statement, however many entries there are and whatever they are about.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from operator import or_
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import BigIntegerField, Case, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from laseros.doctor import shop_models
from laseros.money import money
from operators_app.models import ActivityLog, Role
from operators_app.verbs.actor import SYSTEM_USERNAME
from operators_app.wording import CHANGES, reason_in_words, words_of

Side = dict[str, Any]
Key = tuple[str, str]  # model's name and id, as the log has them

NOTHING = "–"
MOST_ROWS = 40  # of one entry: an import tells of thousands
MOST_LETTERS = 200
FRACTION_DIGITS = 2

# By which columns a row is named; others by `name`, else by their id.
NAMED_BY: dict[str, tuple[str, ...]] = {
    "designfile": ("original_filename",),
    "document": ("original_filename",),
    "flag": ("entry_id",),
    "laserrun": ("project__project_code",),
    "machinesettingspreset": ("preset_name",),
    "headingsynonym": ("heading",),
    "project": ("project_code", "name"),
    "projectpart": ("part__name",),
    "queueitem": ("project__project_code",),
}
TAKING = ("delete", "remove_project_part")  # verbs that take rows away
OF_MANY = frozenset({"import", "undo_import", "remember_headings"})  # about no row alone
PROGRAM = "Laser OS"  # who does the automatic work
# What the program needs and nobody asks for, and times that are the entry's own: left out unless
# everything is to be told.
TECHNICAL = frozenset({
    "added_by_id", "auth_hash", "bounding_box_mm", "cancelled_at", "code_month",
    "code_number", "completed_at", "content_type", "created_by_id", "entity_counts",
    "entry_id", "entry_seq", "figures", "file", "file_size", "first_started_at", "is_read",
    "last_entry_at", "layers", "next_delivery_note_number", "next_quote_number", "number",
    "paused_at", "preview", "project_id", "queue_item_id", "ran_seconds", "rank",
    "resolved_by_id", "sha256", "started_at", "uploaded_by_id",
})  # fmt: skip
# What a new row tells again: of its project and its job, or of its name in the sentence.
DULL = {
    "designfile": frozenset({"original_filename", "read_state"}),
    "document": frozenset({"original_filename"}),
    "projectpart": frozenset({"part_id"}),
    "laserrun": frozenset({
        "logged_minutes", "material_thickness", "material_type", "operator_id", "preset_id",
        "run_date", "status",
    }),
}  # fmt: skip
# Named by their project, as what the entry is about: their kind suffices.
PLAIN_ROWS = frozenset({"project", "queueitem", "laserrun", "flag"})


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after; `row` names the row where it is not what the entry is about.

    Nothing comes after the values of a row that is gone: `new` is empty.
    """

    row: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the log in words. `address` is that of the row it is about, where it has one."""

    entry: ActivityLog
    who: str
    sentence: str
    about: str
    address: str
    changes: tuple[Change, ...]
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class Names:
    """The names of rows, asked for first and fetched together.

    `held` is what rows that are gone held last, as the log has it.
    """

    wanted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    known: dict[Key, str] = field(default_factory=dict)
    held: dict[Key, Side] = field(default_factory=dict)

    def fetch(self) -> None:
        """Read the names of all rows asked for, in one statement."""
        asked: list[QuerySet[Any, Any]] = []
        for kind, keys in self.wanted.items():
            model, ids = _models().get(kind), {key for key in keys if key.isdecimal()}
            if model is not None and ids:
                rows = model._base_manager.filter(pk__in=ids).order_by()
                key = Value(kind, models.TextField()), Cast("pk", BigIntegerField())
                asked.append(rows.values_list(*key, _name_of(model, kind)))
        if asked:
            found = asked[0].union(*asked[1:], all=True) if asked[1:] else asked[0]
            self.known |= {(kind, str(pk)): name for kind, pk, name in found if name}
        self.wanted.clear()

    def of(self, kind: str, pk: Any, side: Side | None = None) -> str:
        """Return a row's name; of one that is gone, as the log has it, else its number."""
        number = _("no. %(number)s") % {"number": pk} if pk else ""
        return self.told(kind, pk, side) or number

    def told(self, kind: str, pk: Any, side: Side | None = None) -> str:
        """Return a row's name; of one that is gone, as the log has it, else nothing."""
        if name := self.known.get((kind, str(pk))):
            return name
        held = self.held.get((kind, str(pk)), {}) | (side or {})
        columns = NAMED_BY.get(kind, ("name",))
        return " ".join(filter(None, (self._kept(kind, column, held) for column in columns)))

    def _kept(self, kind: str, column: str, held: Side) -> str:
        """Return what a row held in a column that names it; `part__name` is its part's name."""
        own, _beyond, other = column.partition("__")
        value = held.get(f"{own}_id" if other else own)
        if value in (None, ""):
            return ""
        return self.of(_refers_to(kind, own), value) if other else str(value)


def _name_of(model: type[models.Model], kind: str) -> Any:
    """Return what a row is called, for a statement."""
    text, space = models.TextField(), Value(" ", models.TextField())
    if kind == "user":
        whole = Trim(Concat("first_name", space, "last_name", output_field=text))
        nobody = Value("", text)
        spoken = Coalesce("operator__name", NullIf(whole, nobody), "username", output_field=text)
        return Case(When(username=SYSTEM_USERNAME, then=Value(PROGRAM, text)), default=spoken)
    if kind == "rolepolicy":
        roles = (When(group__name=role.value, then=Value(str(role.label), text)) for role in Role)
        return Case(*roles, default=Cast("group__name", text))
    columns = NAMED_BY.get(kind) or (("name",) if _has(model, "name") else ("pk",))
    said = [Cast(column, text) for column in columns]
    return Concat(said[0], space, said[1], output_field=text) if said[1:] else said[0]


def tell(entries: Iterable[ActivityLog], *, everything: bool = False) -> list[Told]:
    """Return the entries in words, in their order.

    `everything` tells technical columns as well, and what a new row holds by default.
    """
    listed, names = list(entries), Names()
    for entry in listed:
        names.wanted["user"].add(str(entry.user_id))
        names.wanted[entry.target_type].add(str(entry.target_id))
        for kind, pk, old, new in _rows(entry):
            names.wanted[kind].add(pk)
            for column in {*old, *new}:
                _want(names, kind, column, old.get(column), new.get(column))
    names.fetch()
    _recall(names, listed)
    return [_tell(entry, names, everything) for entry in listed]


def _recall(names: Names, entries: list[ActivityLog]) -> None:
    """Find the names of rows that are gone in the entries that took them away.

    An entry of before tells only what it changed of them. Asks nothing where all have a name.
    """
    about: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        rows = (row for row in _rows(entry) if row[0] in _models() and row[1].isdecimal())
        if any(not names.told(kind, pk, old | new) for kind, pk, old, new in rows):
            about[entry.target_type].add(entry.target_id or 0)
    if not about:
        return
    targets = (Q(target_type=kind, target_id__in=ids) for kind, ids in about.items())
    last = ActivityLog.objects.filter(functools.reduce(or_, targets), verb__in=TAKING)
    for before in last.order_by("seq").values_list("before", flat=True):
        for key, side in before.items():
            kind, _colon, pk = key.partition(":")
            names.held[kind, pk] = side
            for column, value in side.items():
                _want(names, kind, column, value)
    names.fetch()


def _want(names: Names, kind: str, column: str, *values: Any) -> None:
    if other := _refers_to(kind, column):
        names.wanted[other].update(str(value) for value in values if value is not None)


def _is_gone(entry: ActivityLog, kind: str, pk: str) -> bool:
    """Tell whether an entry took a row away."""
    return entry.after.get(f"{kind}:{pk}", {}) is None


def _rows(entry: ActivityLog) -> Iterator[tuple[str, str, Side, Side]]:
    """Yield (kind, id, before, after) for the first rows that an entry tells of."""
    keys = dict.fromkeys([*entry.before, *entry.after])
    for key in islice(keys, MOST_ROWS):
        kind, _colon, pk = key.partition(":")
        old, new = entry.before.get(key) or {}, entry.after.get(key) or {}
        if pk and isinstance(old, dict) and isinstance(new, dict):
            yield kind, pk, old, new


def _tell(entry: ActivityLog, names: Names, everything: bool) -> Told:
    kind, pk = _target(entry)
    changes = tuple(_changes(entry, (kind, pk), names, everything))
    who = names.of("user", entry.user_id)
    sides = {(k, p): (new or old) for k, p, old, new in _rows(entry)}
    about = names.of(kind, pk, sides.get((kind, pk)))
    sentence, used = _sentence(entry, who, about, names, changes)
    return Told(
        entry, who, sentence, about, address_of(kind, pk),
        tuple(change for change in changes if change is not used or everything),
        tuple(reason_in_words(reason) for reason in entry.flagged),
    )  # fmt: skip


def _target(entry: ActivityLog) -> Key:
    """Return what an entry is about; of a new row, whose id the target lacks, the row."""
    if entry.target_id is not None:
        return entry.target_type, str(entry.target_id)
    made = (pk for kind, pk, _old, _new in _rows(entry) if kind == entry.target_type)
    return entry.target_type, "" if entry.verb in OF_MANY else next(made, "")


def _sentence(
    entry: ActivityLog, who: str, about: str, names: Names, changes: tuple[Change, ...]
) -> tuple[str, Change | None]:
    """Return an entry's sentence, and the change that it tells already."""
    words = words_of(entry.verb)
    if entry.verb in CHANGES and (main := _main_change(changes)):
        said = {"who": who, "field": main.label, "old": main.old, "new": main.new}
        if main.old == NOTHING:
            return _("%(who)s set the %(field)s: %(old)s → %(new)s") % said, main
        return _("%(who)s changed the %(field)s: %(old)s → %(new)s") % said, main
    what, template = about, words.sentence
    lost = None
    for kind, pk, old, new in _rows(entry):
        if kind == words.about:
            what = names.of(kind, pk, new or old)
            if words.turned and new.get(words.turned) is False:
                template = words.opposite
            elif words.changed and f"{kind}:{pk}" in entry.before:
                template = words.changed
            lost = _only_own(changes) if _is_gone(entry, kind, pk) else None
            break
    model = _models().get(entry.target_type)
    label = str(model._meta.verbose_name) if model else entry.target_type
    told = str(template) % {"who": who, "what": what, "kind": label}
    if lost:
        return f"{told} ({lost.label} {lost.old})", lost
    return f"{told}{_amount(entry.result)}", None


def _amount(result: dict[str, Any]) -> str:
    """Return what a paper is about: a quote's price, how many parts go out with a note."""
    if price := result.get("price"):  # whether or not it was the project's before
        return f", {money(Decimal(price))}"
    if delivered := result.get("delivered"):
        count = sum(delivered.values())
        return ", " + ngettext("%(count)s part", "%(count)s parts", count) % {"count": count}
    return ""


def _main_change(changes: tuple[Change, ...]) -> Change | None:
    """Return the change that an edit is about: the only one, or that of a price."""
    priced = (change for change in changes if not change.row and change.label in _price_labels())
    return next(priced, _only_own(changes))


def _only_own(changes: tuple[Change, ...]) -> Change | None:
    """Return the change of what the entry is about, if there is but one."""
    own = [change for change in changes if not change.row]
    return own[0] if len(own) == 1 else None


def _price_labels() -> set[str]:
    model = _models().get("project")
    fields = model._meta.concrete_fields if model else ()
    return {str(f.verbose_name) for f in fields if f.name.endswith("_price")}


def _changes(entry: ActivityLog, target: Key, names: Names, everything: bool) -> Iterator[Change]:
    named = words_of(entry.verb).about  # the first row of that kind stands in the sentence
    for kind, pk, old, new in _rows(entry):
        model = _models().get(kind)
        is_known = (kind, pk) == target or kind == named
        named = "" if kind == named else named
        row = "" if is_known else _row_label(model, kind, pk, names, new or old)
        is_gone = _is_gone(entry, kind, pk)
        is_whole = is_gone or f"{kind}:{pk}" not in entry.before
        for column in dict.fromkeys([*old, *new]):
            dull = is_whole and column in DULL.get(kind, ())
            dull = dull or (is_gone and _is_told_already(model, kind, column))
            value = (old if is_gone else new).get(column)
            if not everything and (dull or _is_dull(model, column, value, is_whole)):
                continue
            told = (_spoken(names, kind, column, side.get(column)) for side in (old, new))
            before, after = told
            if before != after or everything:
                after = "" if is_gone and not everything else after
                yield Change(row, label_of(model, column), before, after)


def _is_told_already(model: type[models.Model] | None, kind: str, column: str) -> bool:
    """Tell whether a row that is gone is named by a column, or nobody filled it in: its stamps."""
    found = _field(model, column)
    return column in NAMED_BY.get(kind, ("name",)) or (found is not None and not found.editable)


def _row_label(
    model: type[models.Model] | None, kind: str, pk: str, names: Names, side: Side
) -> str:
    label = str(capfirst(model._meta.verbose_name)) if model else kind
    return label if kind in PLAIN_ROWS else f"{label} {names.of(kind, pk, side)}".strip()


def _is_dull(model: type[models.Model] | None, column: str, value: Any, is_whole: bool) -> bool:
    """Tell whether nobody asks for a value: technical, or what every new row has.

    `is_whole`: all the row's columns are told, for it is new or gone.
    """
    if column in TECHNICAL:
        return True
    found = _field(model, column)
    if not is_whole or found is None:
        return False
    default = found.get_default()
    return value in ("", [], {}, False) or str(value) == str(default)


def label_of(model: type[models.Model] | None, column: str) -> str:
    """Return what people call a column."""
    found = _field(model, column)
    return str(found.verbose_name) if found is not None else column.replace("_", " ")


def _spoken(names: Names, kind: str, column: str, value: Any) -> str:
    """Return a logged value as people say it."""
    if value in (None, "", [], {}):
        return NOTHING
    found = _field(_models().get(kind), column)
    if other := _refers_to(kind, column):
        return names.of(other, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)[:MOST_LETTERS]
    if found is None:
        return _short(str(value))
    if found.flatchoices:
        return str(dict(found.flatchoices).get(value, value))
    return _formatted(found, value)


def _formatted(column: models.Field[Any, Any], value: Any) -> str:
    """Return a stored value in the reader's way of writing."""
    try:
        known = column.to_python(value)
    except (ValidationError, ValueError, TypeError):
        known = value
    if isinstance(column, models.DecimalField):
        if column.name.endswith("_price"):
            return money(known)
        return number_format(f"{known.normalize():f}", force_grouping=True)
    if isinstance(known, dt.datetime):
        return date_format(timezone.localtime(known), "DATETIME_FORMAT")
    if isinstance(known, dt.date):
        return date_format(known, "DATE_FORMAT")
    if isinstance(known, (int, float)):
        if isinstance(column, models.FloatField):
            known = round(known, FRACTION_DIGITS)  # what was measured of a drawing
        return number_format(f"{known:.12g}", force_grouping=True)
    return _short(str(known))


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rstrip()}…"


def address_of(kind: str, pk: Any) -> str:
    """Return the address of a row's page, where it has one."""
    model = _models().get(kind)
    if model is None or str(pk) in {"", "None"} or not admin.site.is_registered(model):
        return ""
    return reverse(f"admin:{model._meta.app_label}_{kind}_change", args=(pk,))


@functools.cache
def _models() -> dict[str, type[models.Model]]:
    return {str(model._meta.model_name): model for model in shop_models()}


def _has(model: type[models.Model], name: str) -> bool:
    return any(column.name == name for column in model._meta.concrete_fields)


@functools.cache
def _columns(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    return {name: f for f in model._meta.concrete_fields for name in (f.name, f.attname)}


def _field(model: type[models.Model] | None, column: str) -> models.Field[Any, Any] | None:
    if model is None:
        return None
    try:
        return _columns(model).get(column) or model._meta.get_field(column)  # type: ignore[return-value]
    except FieldDoesNotExist:
        return None


def _refers_to(kind: str, column: str) -> str:
    """Return the kind of row that a column names, nothing for a plain value."""
    found = _field(_models().get(kind), column)
    other = found.related_model if isinstance(found, models.ForeignKey) else None
    return str(other._meta.model_name) if isinstance(other, type) else ""
