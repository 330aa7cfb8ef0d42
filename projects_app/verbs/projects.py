"""The life of a project up to the queue (DESIGN, “Words”; contract, section 5.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Unpack

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from laseros import clock
from laseros.compiled_rows import row_by_id
from laseros.errors import InvalidInput, NotFound, TransitionError
from laseros.languages import Text, filled_in, in_shop_language
from laseros.numbers import plain_number_lazy
from laseros.ranges import check_day
from operators_app.verbs import (
    Call,
    Outcome,
    Run,
    Target,
    as_columns,
    checked_save,
    require_valid,
    run_verb,
    telling,
)
from presets_app.models import MachineSettingsPreset, Material
from projects_app.models import UNPAID, Client, Part, Project, ProjectStatus, month_of
from projects_app.serializers import project_brief
from projects_app.signals import pop_recorded, project_cancelling
from projects_app.verbs.numbers import next_number, number_client, number_part

CANCELLED_NOTE = gettext_lazy("Cancelled: %(reason)s")
NO_PROJECT = gettext_lazy("There is no such project; perhaps it was given another number.")

# What an operator may change (contract, section 5.3); managers may change every editable field.
OPERATOR_FIELDS = frozenset(
    {"material_id", "material_thickness", "material_quantity_sheets", "estimated_cut_time",
     "preset_id", "notes"}
)  # fmt: skip


def create_client(changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Add a client and give the next code (CL0001, without gaps).

    Returns {"id", "code", "warnings"}: a client of the same name is remarked on, not refused.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        client = Client()
        number_client(client, next_number(Client))
        checked_save(run, client, changes)
        run.concern(client)
        return {"id": client.pk, "code": client.code, "warnings": _namesakes(client)}

    return run_verb("create_client", Target("client"), telling(changes), write, **call)


def _namesakes(client: Client) -> list[Text]:
    """Remark on another client of the same name."""
    others = Client.objects.exclude(pk=client.pk).filter(name__iexact=client.name.strip())
    code = others.order_by("number").values_list("code", flat=True).first()
    if code is None:
        return []
    told = gettext_lazy("There is a client of this name already: %(code)s.")
    return [filled_in(told, code=code)]


def create_part(changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Add a part and give the next number (PT00001). Returns {"id", "part_number"}."""
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        part = Part()
        number_part(part, next_number(Part))
        checked_save(run, part, changes)
        run.concern(part)
        return {"id": part.pk, "part_number": part.part_number}

    return run_verb("create_part", Target("part"), telling(changes), write, **call)


def create_project(
    *, client_id: int, name: str, fields: Mapping[str, Any] | None = None, **call: Unpack[Call]
) -> Outcome:
    """Begin a project as a Request and give it the next code of its client and month.

    A quoted price among `fields` moves it on to Quote & Approval at once. Returns {"project": …}.
    """
    call["by"].require_manager()
    given = {"client_id": client_id, "name": name, **(fields or {})}

    def write(run: Run) -> dict[str, Any]:
        client = run.lock(Client, client_id, _("There is no such client."))
        if not client.is_active:
            raise TransitionError(
                _("%(name)s is archived; make the client active first.") % {"name": client.name}
            )
        project = Project(created_by_id=run.by.user_id, **_next_code(client))
        checked_save(run, project, given)
        run.concern(project)
        if project.quoted_price is not None:
            advance_to_quote(run, project)
        return {"project": project_brief(project)}

    return run_verb("create_project", Target("project"), telling(given), write, **call)


def _next_code(client: Client) -> dict[str, Any]:
    """Return the code's columns; the log's head is locked, so nobody else counts just now."""
    month = month_of(clock.shop_today())
    taken = Project.objects.filter(client=client, code_month=month)
    number = (taken.aggregate(last=Max("code_number"))["last"] or 0) + 1
    code = f"JB-{month:%Y-%m}-{client.code}-{number:03}"
    return {"project_code": code, "code_month": month, "code_number": number}


def update_project(project_id: int, changes: Mapping[str, Any], **call: Unpack[Call]) -> Outcome:
    """Change a project's data; a price set on a Request moves it to Quote & Approval.

    Operators may change OPERATOR_FIELDS only. `pop_received_date` corrects the day of a payment
    that was recorded. `warnings` tells of a preset that is not for the project's material. Returns
    {"project": …, "warnings": […]}.
    """
    by = call["by"]
    by.require_operator()
    changes = as_columns(Project, changes)
    if not set(changes) <= OPERATOR_FIELDS:
        by.require_manager()

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        _check_preset(changes.get("preset_id"))
        if project.status == ProjectStatus.CANCELLED:
            raise TransitionError(_("This project is cancelled and can no longer be changed."))
        run.check_unchanged(project, lambda: project_brief(project))
        if "pop_received_date" in changes:
            _check_corrected(project, changes["pop_received_date"])
        checked_save(run, project, changes)
        if changes.get("quoted_price") is not None:
            advance_to_quote(run, project)
        return {"project": project_brief(project), "warnings": preset_warnings(project)}

    target = Target("project", project_id)
    return run_verb("update_project", target, telling(changes), write, **call)


def set_quote(project_id: int, price: Decimal, **call: Unpack[Call]) -> Outcome:
    """Set the quoted price; a Request moves to Quote & Approval, dated today."""
    return update_project(project_id, {"quoted_price": price}, **call)


def advance_to_quote(run: Run, project: Project) -> None:
    """Move a Request to Quote & Approval; a project further on stays where it is."""
    if project.status == ProjectStatus.REQUEST:
        date = project.quote_date or clock.shop_today()
        move_project(run, project, ProjectStatus.QUOTE_APPROVAL, quote_date=date)


def record_pop(
    project_id: int, received_date: dt.date | None = None, **call: Unpack[Call]
) -> Outcome:
    """Record the proof of payment: the project is Approved (POP Received).

    `received_date` is today in the shop where absent; the deadline is set POP_DEADLINE_DAYS
    later unless there is one. Where the setting AUTO_QUEUE_ON_POP says so and no data is missing,
    the queue takes the project at once. Raises TransitionError for one that is approved already.
    """
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        run.check_unchanged(project, lambda: project_brief(project))
        # The queue, too, leads back to Approved; but a payment is recorded once, before it.
        if project.status not in UNPAID:
            raise TransitionError(
                _("This project is “%(status)s”; its proof of payment is no longer awaited.")
                % {"status": project.get_status_display()},
                status=project.status,
            )
        received = received_date or clock.shop_today()
        _check_received("received_date", received)
        deadline = project.pop_deadline or received + dt.timedelta(days=settings.POP_DEADLINE_DAYS)
        move_project(
            run, project, ProjectStatus.APPROVED_POP, pop_received=True,
            pop_received_date=received, pop_deadline=deadline,
            approval_date=project.approval_date or received,
        )  # fmt: skip
        pop_recorded.send(sender=Project, project=project, run=run)
        project.refresh_from_db()  # the queue may have taken it at once
        return {"project": project_brief(project)}

    given = {"received_date": received_date}
    return run_verb("record_pop", Target("project", project_id), given, write, **call)


def _check_received(name: str, day: dt.date) -> None:
    """Raise InvalidInput for a day on which no payment can have come."""
    if day > clock.shop_today():
        raise InvalidInput.on(name, _("The date of the payment lies in the future."))
    require_valid(name, check_day, day)


def _check_corrected(project: Project, day: dt.date | None) -> None:
    """Raise for another day of a payment that was not recorded, and for none."""
    if not project.pop_received:
        raise TransitionError(_("No payment of this project was recorded yet; record its POP."))
    if day is None:
        told = _("Tell on which day the payment came; it cannot be taken back.")
        raise InvalidInput.on("pop_received_date", told)
    _check_received("pop_received_date", day)


def cancel_project(project_id: int, reason: str = "", **call: Unpack[Call]) -> Outcome:
    """Cancel a project and what waits of it in the queue; refused while a job of it runs."""
    call["by"].require_manager()

    def write(run: Run) -> dict[str, Any]:
        project = run.lock(Project, project_id, NO_PROJECT)
        run.check_unchanged(project, lambda: project_brief(project))
        check_move(project, ProjectStatus.CANCELLED)
        project_cancelling.send(sender=Project, project=project, run=run)
        notes = append_note(
            project.notes, in_shop_language(CANCELLED_NOTE, reason=reason) if reason else ""
        )
        move_project(run, project, ProjectStatus.CANCELLED, notes=notes)
        return {"project": project_brief(project)}

    given = {"reason": reason}
    return run_verb("cancel_project", Target("project", project_id), given, write, **call)


def check_move(project: Project, status: ProjectStatus) -> None:
    """Raise TransitionError unless the table of moves leads from the project's status there."""
    if not project.moves_to(status):
        raise TransitionError(
            _("This project is “%(status)s”; it cannot become “%(target)s”.")
            % {"status": project.get_status_display(), "target": status.label},
            "illegal_transition",
            status=project.status,
        )


def move_project(run: Run, project: Project, status: ProjectStatus, **also: Any) -> None:
    """Change a locked project's status along the table of moves, with what changes along."""
    check_move(project, status)
    run.save(project, status=status.value, **also)


def append_note(notes: str, line: str) -> str:
    """Return the notes with one more line; notes add up, nothing is overwritten."""
    return "\n".join(part for part in (notes, line) if part)


def preset_warnings(project: Project) -> list[Text]:
    """Tell, without refusing, of a preset that is not for this material or thickness."""
    preset = project.preset
    if preset is None:
        return []
    return preset_mismatch(preset, project)


def preset_fits(preset: MachineSettingsPreset, project: Project) -> bool:
    """Tell whether a preset is for the project's material and thickness, as far as it has them."""
    return _fits_material(preset, project) and _fits_thickness(preset, project)


def _fits_material(preset: MachineSettingsPreset, project: Project) -> bool:
    return not project.material_id or preset.material_id == project.material_id


def _fits_thickness(preset: MachineSettingsPreset, project: Project) -> bool:
    own, wanted = preset.thickness, project.material_thickness
    return not own or not wanted or own == wanted  # a preset without a thickness fits any


def preset_mismatch(preset: MachineSettingsPreset, project: Project) -> list[Text]:
    """Return one sentence for each way in which a preset does not fit the project's sheet."""
    told: list[Text] = []
    if project.material_id and not _fits_material(preset, project):
        own, other = (row_by_id(Material, pk) for pk in (preset.material_id, project.material_id))
        told.append(
            filled_in(
                gettext_lazy("The preset %(preset)s is for %(own)s, the project is of %(other)s."),
                preset=preset.preset_name, own=own, other=other,
            )
        )  # fmt: skip
    thickness = preset.thickness
    if thickness and project.material_thickness and not _fits_thickness(preset, project):
        told.append(
            filled_in(
                gettext_lazy(
                    "The preset %(preset)s is for %(own)s mm, the project is %(other)s mm thick."
                ),
                preset=preset.preset_name, own=plain_number_lazy(thickness),
                other=plain_number_lazy(project.material_thickness),
            )
        )  # fmt: skip
    return told


def _check_preset(preset_id: int | None) -> None:
    if preset_id and not MachineSettingsPreset.objects.filter(pk=preset_id).exists():
        raise NotFound(_("There is no such preset; choose one of the list."), "preset_not_found")
