"""Uploading, archiving and downloading drawings and documents."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import unquote

import pytest
from django.db import OperationalError, transaction

from laseros import clock
from laseros.errors import Changed, InvalidInput, KeyReused, NotAllowed, NotFound
from operators_app.models import ActivityLog, Operator
from operators_app.verbs import Actor
from projects_app.models import DesignFile, Document, ProjectStatus, ReadState
from projects_app.uploads import safe_name
from projects_app.verbs import (
    add_design_file,
    add_document,
    archive_design_file,
    archive_document,
    cancel_project,
    create_client,
    create_part,
)
from projects_app.verbs.files import shelve_drawing
from tests.conftest import actor
from tests.phone import Phone
from tests.projects_app.drawings import (
    BRACKET,
    JPEG,
    PDF,
    PNG,
    make_drawing,
    make_project,
    stored_files,
    upload,
    waiting_jobs,
)

# --- Drawings ------------------------------------------------------------------------------------


def test_a_drawing_is_kept_as_it_came_and_waits_to_be_read(manager: Actor) -> None:
    project = make_project(manager)
    outcome = add_design_file(project.pk, upload("Halter links.DXF"), by=manager)
    row = DesignFile.objects.get(pk=outcome.data["design_file"]["id"])
    assert row.original_filename == outcome.data["design_file"]["filename"] == "Halter links.DXF"
    assert row.file_size == len(BRACKET)
    assert row.sha256 == hashlib.sha256(BRACKET).hexdigest()
    assert row.read_state == ReadState.PENDING
    assert [path.read_bytes() for path in stored_files()] == [BRACKET]
    assert waiting_jobs() == [row.pk]


def test_the_stored_name_tells_nothing(manager: Actor) -> None:
    row = make_drawing(manager, "secret customer.dxf")
    folder, _, name = str(row.file.name).partition("/")
    assert folder == "designs"
    assert len(name) == 36
    assert "secret" not in name


def test_the_project_looks_different_with_the_same_entry(manager: Actor) -> None:
    row = make_drawing(manager)
    entry = ActivityLog.objects.get(seq=row.seq)
    assert row.project.seq == row.seq
    assert row.project.updated_at == row.project.created_at  # nobody's edit of it is in conflict
    assert (entry.verb, entry.target_id) == ("add_design_file", row.project_id)
    assert entry.result["design_file"]["sha256"] == row.sha256


def test_only_managers_upload_and_archive(manager: Actor, operator: Actor) -> None:
    row = make_drawing(manager)
    project = row.project_id
    attempts: list[Callable[[], Any]] = [
        lambda: add_design_file(project, upload(), by=operator),
        lambda: add_document(project, "quote", upload("q.pdf", PDF), by=operator),
        lambda: archive_design_file(row.pk, by=operator),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    assert len(stored_files()) == 1


def test_a_replay_stores_nothing_twice(manager: Actor) -> None:
    project, key = make_project(manager), uuid.uuid4()
    first = add_design_file(project.pk, upload(), by=manager, op_id=key)
    again = add_design_file(project.pk, upload(), by=manager, op_id=key)
    assert again.replayed
    assert again.data == first.data
    assert DesignFile.objects.count() == len(stored_files()) == len(waiting_jobs()) == 1


def test_the_same_key_with_another_file_or_name_is_refused(manager: Actor) -> None:
    project, key = make_project(manager), uuid.uuid4()
    add_design_file(project.pk, upload(), by=manager, op_id=key)
    for other in (upload("other.dxf"), upload(content=BRACKET + b" ")):
        with pytest.raises(KeyReused):
            add_design_file(project.pk, other, by=manager, op_id=key)
    assert len(stored_files()) == 1


def test_a_kept_drawing_is_told_whole(manager: Actor) -> None:
    project = make_project(manager)
    outcome = add_design_file(project.pk, upload("a.dxf"), by=manager)
    row = DesignFile.objects.get()
    assert outcome.data["design_file"] == {
        "id": row.pk, "project_id": project.pk, "filename": "a.dxf", "file_size": row.file_size,
        "sha256": row.sha256, "read_state": "pending", "is_archived": False, "seq": outcome.seq,
    }  # fmt: skip


def test_a_file_stays_where_the_database_cannot_say_whether_it_is_wanted(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelved = shelve_drawing(upload())
    with monkeypatch.context() as away:
        away.setattr(DesignFile.objects, "filter", Mock(side_effect=OperationalError("away")))
        shelved.stored.discard()
    assert len(stored_files()) == 1
    shelved.stored.discard()
    assert stored_files() == []


def test_what_is_refused_leaves_no_file_behind(manager: Actor) -> None:
    with pytest.raises(NotFound):
        add_design_file(0, upload(), by=manager)
    assert stored_files() == []


@pytest.mark.django_db(transaction=True)
def test_a_job_is_asked_for_only_with_the_row(manager: Actor) -> None:
    project = make_project(manager)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        add_design_file(project.pk, upload(), by=manager)
        raise ZeroDivisionError
    assert waiting_jobs() == []
    assert not DesignFile.objects.exists()


def test_a_cancelled_project_still_takes_a_drawing(manager: Actor) -> None:
    project = make_project(manager)
    cancel_project(project.pk, "changed their mind", by=manager)
    assert add_design_file(project.pk, upload(), by=manager).seq


def test_a_drawing_may_belong_to_a_part_of_the_same_client_or_of_the_shop(manager: Actor) -> None:
    project = make_project(manager)
    other = create_client({"name": "Other"}, by=manager).data["id"]
    own, shops, foreign = (
        create_part({"name": "Bracket", **client}, by=manager).data["id"]
        for client in ({"client_id": project.client_id}, {}, {"client_id": other})
    )
    for part in (own, shops):
        add_design_file(project.pk, upload(), part_id=part, by=manager)
    assert set(project.design_files.values_list("part_id", flat=True)) == {own, shops}
    with pytest.raises(InvalidInput) as refusal:
        add_design_file(project.pk, upload(), part_id=foreign, by=manager)
    assert refusal.value.code == "part_of_another_client"
    assert refusal.value.extra["errors"] == {"part": ["This part belongs to another client."]}
    with pytest.raises(InvalidInput) as refusal:
        add_design_file(project.pk, upload(), part_id=0, by=manager)
    assert refusal.value.code == "unknown_part"
    assert refusal.value.extra["errors"] == {"part": ["There is no such part."]}
    assert len(stored_files()) == 2


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("invoice.dxf", PDF, "not_a_dxf"),
        ("photo.dxf", PNG, "not_a_dxf"),
        ("zeros.dxf", bytes(4096), "not_a_dxf"),
        ("garbage.dxf", bytes(range(256)) * 20, "not_a_dxf"),
        ("page.dxf", b"<html><script>alert(1)</script></html>", "not_a_dxf"),
        ("empty.dxf", b"", "file_empty"),
        ("bracket.pdf", BRACKET, "not_a_dxf"),
        ("bracket", BRACKET, "not_a_dxf"),
        ("bracket.dxf\0.exe", BRACKET, "not_a_dxf"),
    ],
)
def test_what_is_no_drawing_is_refused_with_a_sentence(
    manager: Actor, name: str, content: bytes, code: str
) -> None:
    project = make_project(manager)
    seq = project.seq
    with pytest.raises(InvalidInput) as refusal:
        add_design_file(project.pk, upload(name, content), by=manager)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")
    assert "file" in refusal.value.extra["errors"]
    assert stored_files() == []
    assert ActivityLog.objects.latest("seq").seq == seq


def test_a_file_beyond_the_limit_is_refused(manager: Actor, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = len(BRACKET)
    project = make_project(manager)
    add_design_file(project.pk, upload(), by=manager)
    with pytest.raises(InvalidInput) as refusal:
        add_design_file(project.pk, upload(content=BRACKET + b" "), by=manager)
    assert refusal.value.code == "file_too_large"
    with pytest.raises(InvalidInput) as refusal:
        add_document(project.pk, "quote", upload("q.pdf", PDF + BRACKET), by=manager)
    assert refusal.value.code == "file_too_large"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("bracket.dxf", "bracket.dxf"),
        ("../../etc/passwd.dxf", "passwd.dxf"),
        ("C:\\jobs\\Plate 3mm.DXF", "Plate 3mm.DXF"),
        ("a\0b\r\nc.dxf", "abc.dxf"),
        ("Träger ← ÄÖÜ №5 деталь 板.dxf", "Träger ← ÄÖÜ №5 деталь 板.dxf"),
        ("in\u202efxd.dxf", "infxd.dxf"),
        (".dxf", "drawing.dxf"),
        ("...", "drawing"),
        ("", "drawing"),
        ("\ud800.dxf", "drawing.dxf"),
        ("x" * 500 + ".dxf", "x" * 196 + ".dxf"),
        ("板" * 500 + ".DXF", "板" * 196 + ".DXF"),
    ],
)
def test_names_are_made_safe_and_stay_recognisable(name: str, safe: str) -> None:
    assert safe_name(name, "drawing") == safe


def test_a_hostile_name_is_kept_safe_in_the_database(manager: Actor) -> None:
    row = make_drawing(manager, "..\\..\\ev\0il\u202e.dxf")
    assert row.original_filename == "evil.dxf"


def test_archiving_keeps_the_file_and_can_be_undone(manager: Actor) -> None:
    row = make_drawing(manager)
    outcome = archive_design_file(row.pk, by=manager)
    row.refresh_from_db()
    assert row.is_archived
    assert row.project.seq == row.seq == outcome.seq
    assert archive_design_file(row.pk, by=manager).seq == 0  # nothing left to change
    archive_design_file(row.pk, False, by=manager)
    assert DesignFile.objects.filter(pk=row.pk, is_archived=False).exists()
    assert len(stored_files()) == 1


def test_archiving_what_somebody_else_changed_is_a_conflict(manager: Actor) -> None:
    row = make_drawing(manager)
    before = clock.now().replace(year=2020)
    with pytest.raises(Changed) as refusal:
        archive_design_file(row.pk, by=manager, updated_at=before)
    assert refusal.value.extra["current_data"]["id"] == row.pk
    with pytest.raises(NotFound):
        archive_design_file(0, by=manager)
    with pytest.raises(NotFound):
        archive_document(0, by=manager)


# --- Documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "content_type", "ending"),
    [
        (PDF, "application/pdf", ".pdf"),
        (PNG, "image/png", ".png"),
        (JPEG, "image/jpeg", ".jpg"),
    ],
)
def test_a_document_is_what_its_content_says(
    manager: Actor, content: bytes, content_type: str, ending: str
) -> None:
    project = make_project(manager)
    outcome = add_document(project.pk, "pop", upload("Beleg.scan", content), by=manager)
    row = Document.objects.get(pk=outcome.data["document"]["id"])
    assert row.content_type == content_type
    assert str(row.file.name).startswith("documents/")
    assert str(row.file.name).endswith(ending)
    assert row.original_filename == f"Beleg.scan{ending}"
    assert row.project.seq == row.seq


def test_a_kept_document_is_told_whole(manager: Actor) -> None:
    project = make_project(manager)
    outcome = add_document(project.pk, "pop", upload("Beleg.pdf", PDF), by=manager)
    row = Document.objects.get()
    assert outcome.data["document"] == {
        "id": row.pk, "project_id": project.pk, "kind": "pop", "filename": "Beleg.pdf",
        "content_type": "application/pdf", "file_size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(), "is_archived": False, "seq": outcome.seq,
        "number": "",
    }  # fmt: skip


def test_a_jpeg_keeps_its_longer_ending(manager: Actor) -> None:
    project = make_project(manager)
    outcome = add_document(project.pk, "other", upload("Foto.JPEG", JPEG), by=manager)
    assert outcome.data["document"]["filename"] == "Foto.JPEG"


@pytest.mark.parametrize(
    "content", [BRACKET, b"<html></html>", b"MZ" + bytes(100), bytes(64), b"x%PDF-1.7"]
)
def test_other_documents_are_refused(manager: Actor, content: bytes) -> None:
    project = make_project(manager)
    with pytest.raises(InvalidInput) as refusal:
        add_document(project.pk, "quote", upload("quote.pdf", content), by=manager)
    assert refusal.value.code == "unknown_document_type"
    with pytest.raises(InvalidInput):
        add_document(project.pk, "love letter", upload("quote.pdf", PDF), by=manager)
    assert stored_files() == []


def test_a_quote_moves_a_request_to_quote_and_approval(manager: Actor) -> None:
    project = make_project(manager)
    add_document(project.pk, "invoice", upload("i.pdf", PDF), by=manager)
    project.refresh_from_db()
    assert project.status == ProjectStatus.REQUEST
    outcome = add_document(project.pk, "quote", upload("q.pdf", PDF), by=manager)
    project.refresh_from_db()
    assert project.status == ProjectStatus.QUOTE_APPROVAL
    assert project.seq == outcome.seq
    add_document(project.pk, "quote", upload("q2.pdf", PDF), by=manager)
    project.refresh_from_db()
    assert project.status == ProjectStatus.QUOTE_APPROVAL


def test_a_document_is_archived_and_a_replay_stores_nothing_twice(manager: Actor) -> None:
    project, key = make_project(manager), uuid.uuid4()
    first = add_document(project.pk, "pop", upload("p.pdf", PDF), by=manager, op_id=key)
    assert add_document(project.pk, "pop", upload("p.pdf", PDF), by=manager, op_id=key).replayed
    assert len(stored_files()) == 1
    outcome = archive_document(first.data["document"]["id"], by=manager)
    assert outcome.data["document"]["is_archived"]


def test_an_unknown_kind_of_document_is_told_by_field(manager: Actor) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_document(make_project(manager).pk, "poem", upload("p.pdf", PDF), by=manager)
    assert refusal.value.extra["errors"] == {"kind": ["There is no such kind of document."]}
    assert stored_files() == []


# --- The download --------------------------------------------------------------------------------


def body(response: Any) -> bytes:
    """Return a streamed body."""
    return b"".join(response.streaming_content)


def test_a_drawing_is_downloaded_as_it_came(manager: Actor, phone: Phone) -> None:
    row = make_drawing(manager, "Träger 板.dxf")
    response = phone.get(f"files/{row.pk}/download")
    assert response.status_code == 200
    assert body(response) == BRACKET
    assert response["Content-Type"] == "image/vnd.dxf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Length"] == str(len(BRACKET))
    kind, _, name = response["Content-Disposition"].partition("; ")
    assert kind == "attachment"
    assert name.startswith("filename*=utf-8''")
    assert unquote(name.removeprefix("filename*=utf-8''")) == "Träger 板.dxf"


def test_a_name_with_quotes_cannot_break_the_header(manager: Actor, phone: Phone) -> None:
    row = make_drawing(manager, 'a"; filename="b.exe.dxf')
    response = phone.get(f"files/{row.pk}/download")
    body(response)
    assert response["Content-Disposition"] == ('attachment; filename="a\\"; filename=\\"b.exe.dxf"')


def test_whoever_has_the_file_already_is_not_sent_it_again(manager: Actor, phone: Phone) -> None:
    row = make_drawing(manager)
    first = phone.get(f"files/{row.pk}/download")
    body(first)
    assert first["ETag"] == f'"{row.sha256}"'
    again = phone.get(f"files/{row.pk}/download", If_None_Match=first["ETag"])
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    other = phone.get(f"files/{row.pk}/download", If_None_Match='"something else"')
    assert body(other) == BRACKET


def test_any_accept_header_gets_the_drawing(manager: Actor, phone: Phone) -> None:
    row = make_drawing(manager)
    for accept in ("image/vnd.dxf", "*/*", "text/html", "nonsense"):
        assert body(phone.get(f"files/{row.pk}/download", Accept=accept)) == BRACKET


def test_who_may_download(
    manager: Actor, olga: Operator, mary: Operator, ada: Operator, victor: Any
) -> None:
    row = make_drawing(manager)
    for person in (olga, mary, ada):
        assert body(Phone.of(person).get(f"files/{row.pk}/download")) == BRACKET
    refused = {Phone(): 401, Phone.of(victor): 403}
    for phone, status in refused.items():
        response = phone.get(f"files/{row.pk}/download", Accept="image/vnd.dxf")
        assert response.status_code == status
        assert response.json()["success"] is False


def test_unknown_archived_and_lost_drawings_are_404_in_the_envelope(
    manager: Actor, mary: Operator, phone: Phone
) -> None:
    row = make_drawing(manager)
    Path(row.file.path).unlink()
    response = phone.get(f"files/{row.pk}/download")
    assert (response.status_code, response.json()["code"]) == (404, "file_missing")
    archive_design_file(row.pk, by=actor(mary))
    for pk in (row.pk, 0, 10**30):
        response = phone.get(f"files/{pk}/download")
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"
        assert response["Content-Type"] == "application/json"
    assert phone.post(f"files/{row.pk}/download").status_code == 405
