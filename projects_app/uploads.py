"""Checks what people upload, by its content, before anything is stored."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from laseros.errors import InvalidInput
from laseros.languages import Text
from projects_app.dxf import HEAD_BYTES, looks_like_dxf
from projects_app.models import DOCUMENT_TYPES

DXF_TYPE = "image/vnd.dxf"
MAX_NAME_LENGTH = 200
MAX_ENDING_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed the checks: name as it may be shown, type by content, size, SHA-256."""

    file: File[bytes]
    name: str
    content_type: str
    size_bytes: int
    sha256: str


def check_drawing(file: File[bytes]) -> Upload:
    """Return the upload; raise InvalidInput for what is no DXF, by its name or by its content."""
    name = safe_name(file.name or "", "drawing")
    if not name.lower().endswith(".dxf"):
        raise refused(
            _("Only DXF drawings can be kept here; the name must end in .dxf."), "not_a_dxf"
        )
    head = _head(file)
    if not looks_like_dxf(head):
        raise refused(
            _("The file is not a DXF drawing, whatever its name says; export it again as DXF."),
            "not_a_dxf",
        )
    return _measured(file, name, DXF_TYPE)


def check_document(file: File[bytes]) -> Upload:
    """Return the upload; raise InvalidInput for what is neither PDF nor PNG nor JPEG inside."""
    name = safe_name(file.name or "", "document")
    head = _head(file)
    for content_type, (start, endings) in DOCUMENT_TYPES.items():
        if head.startswith(start):
            if not name.lower().endswith(endings):  # the name must not promise another type
                name = safe_name(name + endings[0], "document")
            return _measured(file, name, content_type)
    raise refused(_("Only PDF, PNG and JPEG documents can be kept here."), "unknown_document_type")


def refused(sentence: Text, code: str) -> InvalidInput:
    """Return the refusal of a file."""
    return InvalidInput.on("file", sentence, code)


def safe_name(name: str, otherwise: str) -> str:
    """Return a file's name without folders and without characters that deceive or do harm.

    Letters of all languages stay. Control characters go, those that turn the writing direction
    among them (“gpj.exe” could else read “exe.jpg”). At most 200 characters, the ending kept.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    cleaned = "".join(one for one in last if one.isprintable()).strip()
    stem, dot, ending = cleaned.rpartition(".")
    if not dot:
        stem, ending = cleaned, ""
    ending = f".{ending}"[:MAX_ENDING_LENGTH].rstrip(" .")
    stem = stem.strip(" .") or otherwise
    return stem[: MAX_NAME_LENGTH - len(ending)].rstrip() + ending


def too_large() -> str:
    """Say that a file is larger than what is taken."""
    size = filesizeformat(settings.MAX_UPLOAD_BYTES)
    return _("The file is larger than %(size)s, the most that is taken.") % {"size": size}


def _head(file: File[bytes]) -> bytes:
    """Return how the file begins; refuse what is empty or too large."""
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise refused(too_large(), "file_too_large")
    file.seek(0)
    head: bytes = file.read(HEAD_BYTES)
    if not head:
        raise refused(_("The file is empty; save it again and upload it anew."), "file_empty")
    return head


def _measured(file: File[bytes], name: str, content_type: str) -> Upload:
    digest, size = hashlib.sha256(), 0
    for chunk in file.chunks():
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    return Upload(file, name, content_type, size, digest.hexdigest())
