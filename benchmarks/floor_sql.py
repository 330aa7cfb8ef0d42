"""The floor's SQL, written by hand: one statement for each work, JSON of lists built within it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """What PostgreSQL and SQLite say differently."""

    mark: str
    moment: str
    number: str
    listed: str
    counts: str
    lock: str

    def at(self, column: str) -> str:
        """Return a time as the API writes it, or as orjson does."""
        return self.moment.format(column)

    def decimal(self, column: str) -> str:
        """Return a decimal as a float."""
        return self.number.format(column)

    def many(self, told: str, inner: str) -> str:
        """Return a list of objects, as JSON text; `inner` orders them."""
        return self.listed.format(told=told, inner=inner)


POSTGRES = Dialect(
    mark="%s",
    moment="{}",
    number="{}::float8",
    listed="(SELECT coalesce(json_agg(json_build_object({told})), '[]')::text FROM ({inner}) x)",
    counts="(SELECT json_object_agg(status, count)::text FROM queue_app_queuecount)",
    lock=" FOR UPDATE",
)
SQLITE = Dialect(
    mark="?",
    moment="replace({}, ' ', 'T') || 'Z'",
    number="{}",
    listed="(SELECT json_group_array(json_object({told})) FROM ({inner}) x)",
    counts="(SELECT json_group_object(status, count) FROM queue_app_queuecount)",
    lock="",
)

ITEM_KEYS = (
    "id", "project_id", "project_code", "project_name", "status", "priority", "scheduled_date",
    "estimated_cut_time", "material_type", "material_thickness", "raw_plate_count",
    "drawing_time", "preset_name", "preset_id", "notes", "added_at", "first_started_at",
    "started_at", "paused_at", "completed_at", "is_paused", "ran_minutes", "assigned_to_id",
    "assigned_to_name", "operator_id", "operator_name", "updated_at", "seq", "parts", "dxf_files",
)  # fmt: skip


def items(d: Dialect, where: str, order: str, files: str = "", more: str = "") -> str:
    """Return the SELECT of queue items, in the order of ITEM_KEYS, then `more`.

    The page is cut before anything is joined to it: planners do not always see that by themselves.
    """
    return f"""
    SELECT q.id, q.project_id, p.project_code, p.name, q.status, q.priority, q.scheduled_date,
      coalesce(q.estimated_cut_time, p.estimated_cut_time), m.name,
      {d.decimal("p.material_thickness")}, p.material_quantity_sheets, p.drawing_creation_time,
      coalesce(qs.preset_name, ps.preset_name), coalesce(q.preset_id, p.preset_id), q.notes,
      {d.at("q.added_at")}, {d.at("q.first_started_at")}, {d.at("q.started_at")},
      {d.at("q.paused_at")}, {d.at("q.completed_at")},
      q.paused_at IS NOT NULL AND q.status = 'queued', (q.ran_seconds + 30) / 60,
      q.assigned_to_id, a.name, q.operator_id, o.name, {d.at("q.updated_at")}, q.seq,
      {parts(d, "q.project_id")}, {files or brief_files(d, "q.project_id")}{more}
    FROM (SELECT * FROM queue_app_queueitem q WHERE {where} ORDER BY {order}) q
    JOIN projects_app_project p ON p.id = q.project_id
    JOIN projects_app_client c ON c.id = p.client_id
    JOIN operators_app_user u ON u.id = q.added_by_id
    LEFT JOIN presets_app_material m ON m.id = p.material_id
    LEFT JOIN presets_app_machinesettingspreset qs ON qs.id = q.preset_id
    LEFT JOIN presets_app_machinesettingspreset ps ON ps.id = p.preset_id
    LEFT JOIN operators_app_operator a ON a.id = q.assigned_to_id
    LEFT JOIN operators_app_operator o ON o.id = q.operator_id
    ORDER BY {order.partition(" LIMIT ")[0]}"""  # noqa: S608


def parts(d: Dialect, project: str) -> str:
    """Return the parts of a project."""
    return d.many(
        "'name', name, 'quantity', quantity",
        "SELECT t.name, pp.quantity FROM projects_app_projectpart pp "  # noqa: S608
        f"JOIN projects_app_part t ON t.id = pp.part_id WHERE pp.project_id = {project} "
        "ORDER BY pp.id",
    )


def brief_files(d: Dialect, project: str) -> str:
    """Return the drawings of a project, as a list tells them."""
    return d.many("'id', id, 'filename', original_filename", _files(project))


def files(d: Dialect, project: str) -> str:
    """Return the drawings of a project, as the detail tells them."""
    moment = "replace(created_at, ' ', 'T') || 'Z'"
    if d is POSTGRES:
        moment = 'to_char(created_at, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')'
    told = "'id', id, 'filename', original_filename, 'file_size', file_size, 'upload_date', "
    return d.many(told + moment, _files(project))


def _files(project: str) -> str:
    return (
        "SELECT f.id, f.original_filename, f.file_size, f.created_at "  # noqa: S608
        f"FROM projects_app_designfile f WHERE f.project_id = {project} AND NOT f.is_archived "
        "ORDER BY f.id"
    )


def queue(d: Dialect) -> str:
    """Return the page of the queue: limit, offset."""
    where = "q.status IN ('queued', 'in_progress')"
    order = f"q.rank, q.id LIMIT {d.mark} OFFSET {d.mark}"
    return items(d, where, order, more=f", {d.counts}")


def delta(d: Dialect) -> str:
    """Return the queue items that changed since: seq, limit."""
    return items(d, f"q.seq > {d.mark}", f"q.seq LIMIT {d.mark}")


def item(d: Dialect) -> str:
    """Return one queue item: id."""
    place = (
        "(SELECT count(*) + 1 FROM queue_app_queueitem e "
        "WHERE e.status IN ('queued', 'in_progress') AND (e.rank, e.id) < (q.rank, q.id))"
    )
    where = f"q.id = {d.mark}"
    detailed = files(d, "q.project_id")
    return items(d, where, "q.id", detailed, f", {place}, c.name, u.username")


PROJECT_KEYS = (
    "id", "project_code", "name", "client_name", "status", "material_type",
    "material_thickness", "raw_plate_count", "estimated_cut_time", "drawing_time",
    "parts_quantity", "preset_id", "preset_name", "pop_received", "pop_deadline", "due_date",
    "updated_at", "seq", "parts", "dxf_files",
)  # fmt: skip


def projects(d: Dialect) -> str:
    """Return the page of approved projects: status, limit, offset."""
    total = (
        "coalesce((SELECT sum(quantity) FROM projects_app_projectpart t "
        "WHERE t.project_id = p.id), p.parts_quantity)"
    )
    return f"""
    SELECT p.id, p.project_code, p.name, c.name, p.status, m.name,
      {d.decimal("p.material_thickness")}, p.material_quantity_sheets, p.estimated_cut_time,
      p.drawing_creation_time, {total}, p.preset_id, s.preset_name, p.pop_received,
      p.pop_deadline, p.due_date, {d.at("p.updated_at")}, p.seq, {parts(d, "p.id")},
      {brief_files(d, "p.id")}
    FROM (SELECT * FROM projects_app_project p WHERE p.status = {d.mark}
      ORDER BY p.id DESC LIMIT {d.mark} OFFSET {d.mark}) p
    JOIN projects_app_client c ON c.id = p.client_id
    LEFT JOIN presets_app_material m ON m.id = p.material_id
    LEFT JOIN presets_app_machinesettingspreset s ON s.id = p.preset_id
    ORDER BY p.id DESC"""  # noqa: S608


PRESET_KEYS = (
    "id", "preset_name", "material_type", "thickness", "power", "speed", "frequency", "gas_type",
    "gas_pressure", "focus_offset", "is_active", "updated_at", "seq",
)  # fmt: skip


def presets(d: Dialect) -> str:
    """Return the page of active presets: limit, offset."""
    return f"""
    SELECT s.id, s.preset_name, m.name, {d.decimal("s.thickness")}, s.power, s.speed,
      s.frequency, s.gas_type, {d.decimal("s.gas_pressure")}, {d.decimal("s.focus_offset")},
      s.is_active, {d.at("s.updated_at")}, s.seq
    FROM presets_app_machinesettingspreset s
    JOIN presets_app_material m ON m.id = s.material_id
    WHERE s.is_active ORDER BY m.name, s.thickness, s.preset_name
    LIMIT {d.mark} OFFSET {d.mark}"""  # noqa: S608


def complete(d: Dialect) -> dict[str, str]:
    """Return the statements of a completion, by what they do."""
    of = " FOR UPDATE OF q, p" if d.lock else ""
    v = d.mark
    return {
        "head": f"SELECT seq FROM operators_app_loghead WHERE id = 1{d.lock}",  # noqa: S608
        "replay": "SELECT result FROM operators_app_activitylog "  # noqa: S608
        f"WHERE user_id = {v} AND op_id = {v}",
        "item": "SELECT q.status, q.started_at, q.ran_seconds, q.project_id, "  # noqa: S608
        "coalesce(m.name, ''), p.material_thickness, o.id, s.id FROM queue_app_queueitem q "
        "JOIN projects_app_project p ON p.id = q.project_id "
        "LEFT JOIN presets_app_material m ON m.id = p.material_id "
        f"JOIN operators_app_operator o ON o.id = {v} "
        f"JOIN presets_app_machinesettingspreset s ON s.id = {v} WHERE q.id = {v}{of}",
        "end": "UPDATE queue_app_queueitem SET status = 'completed', "  # noqa: S608
        f"completed_at = {v}, paused_at = NULL, last_entry_at = {v}, ran_seconds = {v}, "
        f"updated_at = {v}, seq = {v} WHERE id = {v}",
        "count": "UPDATE queue_app_queuecount SET count = count + "
        "CASE status WHEN 'completed' THEN 1 ELSE -1 END "
        "WHERE status IN ('completed', 'in_progress')",
        "log": "INSERT INTO operators_app_activitylog (seq, verb, target_type, "  # noqa: S608
        'target_id, user_id, session_id, source, op_id, fingerprint, result, "before", "after", '
        "performed_at, effective_at, recorded_at, flagged) VALUES "
        f"({v}, 'complete_job', 'queueitem', {v}, {v}, NULL, 'api', {v}, {v}, {v}, {v}, {v}, "
        f"{v}, {v}, {v}, '[]')",
        "run": "INSERT INTO queue_app_laserrun (project_id, queue_item_id, "  # noqa: S608
        "run_date, operator_id, preset_id, cut_time_minutes, logged_minutes, material_type, "
        "material_thickness, sheet_count, parts_produced, notes, status, entry_id, created_at, "
        f"updated_at, seq) VALUES ({', '.join([v] * 11)}, '', 'completed', {v}, {v}, {v}, {v}) "
        "RETURNING id",
        "material": _tally(v, "material", "material_type"),
        "preset": _tally(v, "preset", "preset_id"),
        "project": "UPDATE projects_app_project SET status = 'completed', "  # noqa: S608
        f"completion_date = {v}, updated_at = {v}, seq = {v} WHERE id = {v}",
        "move": f"UPDATE operators_app_loghead SET seq = {v} WHERE id = 1",  # noqa: S608
    }


def _tally(v: str, table: str, kind: str) -> str:
    return (
        f"INSERT INTO queue_app_{table}tally AS t (operator_id, {kind}, jobs, minutes) "  # noqa: S608
        f"VALUES ({v}, {v}, 1, {v}) ON CONFLICT (operator_id, {kind}) DO UPDATE "
        "SET jobs = t.jobs + 1, minutes = t.minutes + excluded.minutes"
    )
