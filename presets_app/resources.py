"""Presets as a spreadsheet: what a row means, and what is wrong with it.

A row is known by `preset_name`. Nothing is written while a sheet is checked; what the check found
to be new or changed, `write` writes in bulk, with the stamps of the verb `import_presets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from import_export import resources
from import_export.fields import Field
from import_export.results import Result, RowResult
from import_export.widgets import Widget

from operators_app.verbs import Run
from presets_app.models import MachineSettingsPreset, Material, MaterialAlias, name_key

COLUMNS = (
    "preset_name", "material_type", "thickness", "power", "speed", "frequency",
    "gas_type", "gas_pressure", "focus_offset", "is_active",
)  # fmt: skip
REQUIRED = COLUMNS[:5]
STAMPS = ("created_at", "updated_at", "seq")
SHOWN_IN_PREVIEW = 200
LARGEST = 2**31 - 1  # what a column holds on PostgreSQL
YES = {"1", "true", "yes", "y", "x"}
NO = {"0", "false", "no", "n"}

Changes = dict[str, tuple[Any, Any]]  # by column: the value stored, and the sheet's


class TextCell(Widget):
    """Text; a number in such a cell is its digits."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the text without blanks around it."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = "" if value is None else str(value).strip()
        if not text.isprintable():
            raise ValueError("The text has characters that cannot be printed.")
        return text


class NumberCell(Widget):
    """A number, whole or with decimals; blank is none."""

    def __init__(self, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | int | None:
        """Return the number; raise ValueError with a sentence."""
        if value is None or value == "":
            return None
        try:
            if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
                raise InvalidOperation
            number = Decimal(str(value).strip())
            if not number.is_finite() or abs(number) > 10**15:
                raise InvalidOperation
        except InvalidOperation as error:
            raise ValueError(f"“{value}” is not a number.") from error
        if not self.whole:
            return number
        if number != int(number):
            raise ValueError(f"“{value}” is not a whole number.")
        if abs(number) > LARGEST:
            raise ValueError(f"“{value}” is too large.")
        return int(number)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        """Return the number as a cell holds it; without the noughts at the end in a preview."""
        if kwargs.get("force_native_type"):
            return value
        if value is None:
            return ""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


class YesNoCell(Widget):
    """1 or 0, yes or no; blank is yes."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        """Return the answer; raise ValueError with a sentence."""
        if value is None or value == "":
            return True
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = str(value).strip().casefold()
        if text not in YES | NO:
            raise ValueError(
                f"“{value}” is neither yes nor no; write 1, yes, true, y or x for yes, "
                "and 0, no, false or n for no."
            )
        return text in YES

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        """Return 1 or 0."""
        return int(value) if kwargs.get("force_native_type") else str(int(bool(value)))


class MaterialCell(Widget):
    """A material by its name or any of its other names; `known` is filled once per import."""

    def __init__(self) -> None:
        super().__init__()
        self.known: Mapping[str, Material] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Material:
        """Return the material; raise ValueError naming what is unknown."""
        name = "" if value is None else str(value).strip()
        if not name:
            raise ValueError("The material is missing.")
        found = self.known.get(name_key(name))
        if found is None:
            raise ValueError(
                f"There is no material “{name}”; add it, or add it as another name of one."
            )
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the name."""
        return str(value.name) if value else ""


class SheetResult(Result):
    """An import's result that counts rows as the sheet does and shows no endless preview."""

    def valid_rows(self) -> list[RowResult]:
        """Return the first rows that change something."""
        return [row for row in super().valid_rows() if not row.is_skip()][:SHOWN_IN_PREVIEW]

    def append_invalid_row(self, number: int, row: Any, validation_error: Any) -> None:
        """Keep a refused row under its number in the sheet, where the headers are row 1.

        Its cells stand under the preview's headings, whatever their order in the sheet.
        """
        cells = {name: "" if row.get(name) is None else row[name] for name in COLUMNS}
        super().append_invalid_row(number + 1, cells, validation_error)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, changed and unchanged."""
        new, changed, same = (self.totals[kind] for kind in ("new", "update", "skip"))
        return {"read": new + changed + same, "new": new, "changed": changed, "unchanged": same}

    def sentences(self) -> list[str]:
        """Return what is wrong, each with row and column."""
        told = [str(error.error) for error in self.base_errors]
        for number, errors in self.row_errors():
            told += [f"Row {number + 1}: {error.error}" for error in errors]
        for row in self.invalid_rows:
            for column, said in row.error_dict.items():
                told.append(f"Row {row.number}, {column}: {' '.join(said)}")
        return told


class PresetResource(resources.ModelResource):
    """A sheet of presets: `import_data` checks it, for a preview or to `write` it afterwards."""

    preset_name = Field("preset_name", "preset_name", TextCell())
    material_type = Field("material", "material_type", MaterialCell())
    thickness = Field("thickness", "thickness", NumberCell())
    power = Field("power", "power", NumberCell(whole=True))
    speed = Field("speed", "speed", NumberCell(whole=True))
    frequency = Field("frequency", "frequency", NumberCell(whole=True))
    gas_type = Field("gas_type", "gas_type", TextCell())
    gas_pressure = Field("gas_pressure", "gas_pressure", NumberCell())
    focus_offset = Field("focus_offset", "focus_offset", NumberCell())
    is_active = Field("is_active", "is_active", YesNoCell())

    class Meta:
        model = MachineSettingsPreset
        name = "Presets"
        fields = COLUMNS
        import_order = export_order = COLUMNS
        import_id_fields = ("preset_name",)
        use_bulk = True
        batch_size = 1000
        skip_diff = True  # the library copies every row for it; `after_import_row` shows changes
        report_skipped = False
        store_instance = True

    create_instances: list[MachineSettingsPreset]
    update_instances: list[MachineSettingsPreset]

    def __init__(self, preview: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.preview = preview
        self.given: list[Field] = []  # the columns that the sheet has
        self.stored: dict[str, MachineSettingsPreset] = {}
        self.row_of_name: dict[str, int] = {}
        self.name = ""  # of the row that is being read
        self.changes: Changes = {}  # what that row changes
        self.differences: dict[int, Changes] = {}  # what all rows change, by the preset's id
        self.shown = 0

    @classmethod
    def get_result_class(cls) -> type[Result]:
        """Count rows as the sheet does."""
        return SheetResult

    def import_data(
        self, dataset: Any, dry_run: bool = False, raise_errors: bool = False, **kwargs: Any
    ) -> Any:
        """Check the sheet, without a lock or a transaction; what is to be written is gathered.

        No row is read under wrong headings: each would only fail for want of its columns.
        """
        wrong = wrong_headings(list(dataset.headers or []))
        if wrong:
            result = self.get_result_class()()
            self.handle_import_error(result, ValueError(wrong), raise_errors)
            return result
        for name in ("use_transactions", "collect_failed_rows", "rollback_on_validation_errors"):
            kwargs.pop(name, None)
        return self.import_data_inner(dataset, True, raise_errors, False, False, **kwargs)

    # --- Reading ---

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Read materials and presets once for all rows."""
        given = list(dataset.headers)
        self.given = [one for one in self.get_import_fields() if one.column_name in given]
        materials = Material.objects.in_bulk()
        known = {one.key: one for one in materials.values()}
        aliases = MaterialAlias.objects.values_list("key", "material_id")
        known.update({key: materials[material_id] for key, material_id in aliases})
        self.fields["material_type"].widget.known = known
        for preset in MachineSettingsPreset.objects.all():
            preset.material = materials[preset.material_id]
            self.stored[preset.preset_name] = preset

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> RowResult:
        """Read one row; a blank one is passed over."""
        if all(value is None for value in row.values()):
            return RowResult()
        return super().import_row(row, instance_loader, **kwargs)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Refuse a name that stood in the sheet before."""
        try:
            name = self.name = TextCell().clean(row["preset_name"])
        except ValueError as error:
            raise ValidationError({"preset_name": str(error)}) from error
        number = kwargs["row_number"] + 1
        earlier = self.row_of_name.setdefault(name, number)
        if name and earlier != number:
            raise ValidationError(
                {"preset_name": f"“{name}” stands in row {earlier} already; keep one of them."}
            )

    def get_instance(self, instance_loader: Any, row: Any) -> MachineSettingsPreset | None:
        """Return the stored preset of this name."""
        return self.stored.get(self.name)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Set the fields that the row changes and note what they were.

        What cannot be read is told under the name of its column.
        """
        errors: dict[str, Any] = {}
        is_new = instance.pk is None
        self.changes = {}
        for field in self.given:
            try:
                value = field.widget.clean(row[field.column_name])
            except ValueError as error:
                errors[field.column_name] = ValidationError(str(error))
                continue
            was = None if is_new else getattr(instance, field.attribute)
            if is_new or value != was:
                setattr(instance, field.attribute, value)
                self.changes[field.column_name] = (was, value)
        if errors:
            raise ValidationError(errors)

    def skip_row(
        self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Tell whether the row changes nothing; note what a changed one was and is."""
        if import_validation_errors or instance.pk is None:
            return False
        if self.changes:
            self.differences[instance.pk] = self.changes
        return not self.changes

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Check what the model and the database demand, without a query per row."""
        errors: dict[str, Any] = dict(import_validation_errors or {})
        try:
            instance.clean_fields(exclude={*STAMPS, "id", "material", *errors})
        except ValidationError as error:
            errors.update(error.error_dict)
        power = instance.power
        if "power" not in errors and isinstance(power, int) and power > 100:
            errors["power"] = ValidationError(f"{power} is no percentage, from 0 to 100.")
        if errors:
            raise ValidationError(errors)

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        """In a preview, show what the row changes: the old value struck out, then the new one."""
        if self.preview and not row_result.is_skip() and self.shown < SHOWN_IN_PREVIEW:
            self.shown += 1
            old = {} if row_result.is_new() else self.changes
            row_result.diff = [self._cell(field, row_result.instance, old)
                               for field in self.get_import_fields()]  # fmt: skip

    def _cell(self, field: Field, instance: Any, old: Changes) -> SafeString:
        """Return a cell of the preview."""
        new = field.export(instance)
        if field.column_name not in old:
            return format_html("{}", new)
        was = field.widget.render(old[field.column_name][0])
        return format_html('<del class="opacity-60">{}</del> → <b>{}</b>', was or "–", new or "–")

    # --- Writing ---

    def write(self, run: Run) -> None:
        """Write what the check gathered, a batch a statement, and note it in the run.

        The database must still be as it was when the sheet was checked.
        """
        new, changed = self.create_instances, self.update_instances
        for row in [*new, *changed]:
            row.updated_at, row.seq = run.now, run.seq
        for row in new:
            row.created_at = run.now
        batch = self._meta.batch_size
        if new:
            MachineSettingsPreset.objects.bulk_create(new, batch_size=batch)
            run.after["created"] = [row.preset_name for row in new]
        if changed:
            columns = [self.fields[name].attribute for name in COLUMNS if name != "preset_name"]
            MachineSettingsPreset.objects.bulk_create(
                changed, batch_size=batch, update_conflicts=True, unique_fields=["id"],
                update_fields=[*columns, "updated_at", "seq"],
            )  # fmt: skip
        for row in changed:
            key = f"machinesettingspreset:{row.pk}"
            changes = self.differences[row.pk].items()
            run.before[key] = {_column(name): _plain(was) for name, (was, _) in changes}
            run.after[key] = {_column(name): _plain(now) for name, (_, now) in changes}

    def get_queryset(self) -> Any:
        """Return the presets with their materials, for export."""
        return super().get_queryset().select_related("material")


def _column(name: str) -> str:
    """Return the table's name of a sheet's column: the log tells every change in the same words."""
    return "material_id" if name == "material_type" else name


def _plain(value: Any) -> Any:
    if isinstance(value, Material):
        return value.pk
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def wrong_headings(given: list[str]) -> str:
    """Return what is wrong with a sheet's headings, in a sentence; "" where nothing is."""
    missing = [name for name in REQUIRED if name not in given]
    if missing:
        return (
            f"The sheet lacks the {_columns(missing)}; export a sheet to see the headings it needs."
        )
    unknown = [name for name in given if name not in COLUMNS]
    if unknown:
        return (
            f"The sheet has the unknown {_columns(unknown)}; it may have the {_columns(COLUMNS)}."
        )
    return ""


def _columns(names: Sequence[str]) -> str:
    *others, last = [f"“{name}”" for name in names]
    return f"columns {', '.join(others)} and {last}" if others else f"column {last}"
