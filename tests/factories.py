"""Ready-made rows for tests, stamped as a verb would stamp them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from laseros import clock
from operators_app.models import Operator, Role, User
from presets_app.models import MachineSettingsPreset, Material
from projects_app.models import Client, DesignFile, Part, Project, ProjectPart, ProjectStatus
from projects_app.search_texts import write_clients, write_projects
from queue_app.models import QueueCount, QueueItem, QueueStatus

PASSWORD = "a-password-for-tests"
# What makes a project one that was only asked for.
ASKED: dict[str, Any] = {
    "status": ProjectStatus.REQUEST, "pop_received": False, "pop_received_date": None,
    "pop_deadline": None, "quoted_price": None,
}  # fmt: skip


def stamp() -> dict[str, Any]:
    """Return the columns that a verb would set."""
    now = clock.now()
    return {"created_at": now, "updated_at": now, "seq": 0}


def make_user(username: str, role: Role | None) -> User:
    """Return an account with the role's group."""
    user = User.objects.create_user(username, f"{username}@example.com", PASSWORD)
    if role:
        user.groups.add(Group.objects.get(name=role.value))
    return User.objects.get(pk=user.pk)


def make_person(username: str, role: Role | None) -> Operator:
    """Return an operator profile with its account."""
    user = make_user(username, role)
    return Operator.objects.create(
        user=user, name=username.capitalize(), employee_id=f"OP-{user.pk:03}", email=user.email,
        **stamp(),
    )  # fmt: skip


def make_preset(name: str = "Steel-3mm-Standard", **fields: Any) -> MachineSettingsPreset:
    """Return a preset for mild steel of 3 mm."""
    material = fields.pop("material", None) or Material.objects.get(name="Mild Steel")
    values: dict[str, Any] = {
        "thickness": Decimal(3), "power": 80, "speed": 1200, "frequency": 5000,
        "gas_type": "Air", "gas_pressure": Decimal("1.5"), "focus_offset": Decimal(0),
    }  # fmt: skip
    values.update(fields)
    return MachineSettingsPreset.objects.create(
        preset_name=name, material=material, **values, **stamp()
    )


def make_client(name: str = "ABC Manufacturing") -> Client:
    """Return a client."""
    number = Client.objects.count() + 1
    client = Client.objects.create(
        number=number, code=f"CL{number:04}", name=name, contact_person="Jane Smith", **stamp()
    )
    write_clients([client.pk])
    return client


def make_part(name: str = "Plate", client: Client | None = None, **fields: Any) -> Part:
    """Return a part of a client, or of the shop."""
    number = Part.objects.count() + 1
    return Part.objects.create(
        number=number, part_number=f"PT{number:05}", name=name, client=client, **fields, **stamp()
    )


def make_project(name: str = "Steel Brackets", **fields: Any) -> Project:
    """Return a project with all that a cut needs, approved; `fields` overrule.

    `parts` is a list of (name, quantity), `drawings` the number of drawings.
    """
    parts = fields.pop("parts", [("Bracket-L", 25), ("Bracket-R", 25)])
    drawings = fields.pop("drawings", 1)
    number = Project.objects.count() + 1
    client = fields.pop("client", None) or Client.objects.first() or make_client()
    preset = fields.pop("preset", "made")
    if preset == "made":
        preset = MachineSettingsPreset.objects.first() or make_preset()
    month = dt.date(2025, 10, 1)
    values: dict[str, Any] = {
        "status": ProjectStatus.APPROVED_POP, "material": Material.objects.get(name="Mild Steel"),
        "material_thickness": Decimal(3), "material_quantity_sheets": 3,
        "estimated_cut_time": 45, "drawing_creation_time": 15, "preset": preset,
        "pop_received": True, "pop_received_date": dt.date(2025, 10, 26),
        "pop_deadline": dt.date(2025, 10, 29), "due_date": dt.date(2025, 11, 5),
        "quoted_price": Decimal("15000.00"), "description": "Brackets", "notes": "",
        "created_by": User.objects.get(username="system"),
    }  # fmt: skip
    values.update(fields)
    project = Project.objects.create(
        project_code=f"JB-2025-10-{client.code}-{number:03}", code_month=month,
        code_number=number, client=client, name=name, **values, **stamp(),
    )  # fmt: skip
    for part_name, quantity in parts:
        part = make_part(part_name)
        ProjectPart.objects.create(project=project, part=part, quantity=quantity, **stamp())
    for index in range(drawings):
        make_drawing(project, f"bracket-{index + 1}.dxf")
    write_projects([project.pk])
    return project


def make_drawing(project: Project, name: str = "bracket.dxf") -> DesignFile:
    """Return a drawing's row; there is no file behind it."""
    drawing = DesignFile.objects.create(
        project=project, original_filename=name, file=f"designs/{name}", file_size=245678,
        sha256="0" * 64, uploaded_by=project.created_by, **stamp(),
    )  # fmt: skip
    write_projects([project.pk])
    return drawing


def make_item(project: Project | None = None, **fields: Any) -> QueueItem:
    """Return a queue item, counted as a verb would count it."""
    project = project or make_project()
    now = clock.now()
    status = fields.pop("status", QueueStatus.QUEUED)
    values: dict[str, Any] = {
        "rank": float(QueueItem.objects.count() + 1), "added_by": project.created_by,
        "added_at": now - dt.timedelta(hours=2), "last_entry_at": now - dt.timedelta(hours=2),
    }  # fmt: skip
    values.update(fields)
    item = QueueItem.objects.create(project=project, status=status, **values, **stamp())
    QueueCount.shift(status, +1)
    lives = {"queued": ProjectStatus.QUEUED, "in_progress": ProjectStatus.IN_PROGRESS}
    if status in lives:
        Project.objects.filter(pk=project.pk).update(status=lives[status])
        project.refresh_from_db()
    return item
