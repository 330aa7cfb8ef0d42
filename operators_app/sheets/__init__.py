"""Rows from outside into the shop: checked, shown, written by one verb, and undone as a whole.

The way of a file:

    bytes ─ read_rows ─ rows_of ─┐
    (.xlsx .xls .ods .csv)       ├─ Rows ─ check ─ Plan ─ preview ─ import_rows ─ one log entry
    bytes ─ a kind's own reader ─┘                                       └─ undo_import

- `laseros.spreadsheets.read_rows` gives cells, `headings.rows_of` finds the headings and makes
  `Rows` of what stands below them. Everything after that knows nothing of files.
- `kinds.SheetKind` tells what the columns of one model mean; each app's `resources.py` registers
  its kinds. `plan.check(kind, rows)` gives a `Plan`: new, changed and unchanged rows, and the
  refused ones with sentences. `operators_app.verbs.imports.import_rows` writes it.

Another format feeds the same machinery. It needs a function from bytes to `Rows`, whose `names` are
names of the kind's columns; it raises `laseros.workbooks.Unreadable` with a sentence:

    def read_library(data: bytes, kind: SheetKind) -> Rows:
        entries = ...
        return Rows(names=["name", "material", "thickness"], lines=[(1, ["A", "Brass", 2.0]), ...])

    class PresetSheet(SheetKind):
        readers = {".clb": read_library}

From then on the import page takes files with that ending: preview, progress, the choice about bad
rows, log entry and undo are the same. Without the page, call `import_rows(kind, rows, file_name)`.
"""
