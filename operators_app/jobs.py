"""Jobs: reading and importing spreadsheets that take longer than a page may."""

from __future__ import annotations

import uuid

from django.utils import translation

from laseros.errors import LaserOSError
from laseros.workbooks import Unreadable
from operators_app.models import ImportStatus, SheetImport, Source, User
from operators_app.sheets import uploads
from operators_app.verbs import Actor, Call


def read_upload(upload_id: str) -> str:
    """Read and check an upload. Safe to repeat."""
    upload = SheetImport.objects.filter(pk=upload_id).first()
    if upload is None or upload.status not in {ImportStatus.WAITING, ImportStatus.CHECKING}:
        return "settled"
    uploads.read_upload(upload)
    return str(upload.status)


def import_upload(
    upload_id: str,
    user_id: int,
    session_id: uuid.UUID | None = None,
    language: str | None = None,
) -> str:
    """Import an upload in the name, and the language, of whoever confirmed it.

    Safe to repeat: it is done once.
    """
    upload = SheetImport.objects.filter(pk=upload_id, status=ImportStatus.WRITING).first()
    if upload is None:
        return "settled"
    by = Actor.of_user(User.objects.get(pk=user_id), Source.IMPORT, session_id)
    with translation.override(language or upload.language):
        try:
            uploads.import_upload(upload, Call(by=by))
        except (LaserOSError, Unreadable) as refusal:  # told on the import's page
            return f"refused: {refusal}"
    return "imported"
