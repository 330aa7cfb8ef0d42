"""Bounds what an upload takes before anybody has looked at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import UnreadablePostError
from django.utils.translation import gettext as _


def too_many_files() -> str:
    """Say that a form holds more files than are taken at once."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    return _("More than %(count)s files cannot be sent at once: choose fewer, and send the others "
             "afterwards.") % {"count": most}  # fmt: skip


class BoundedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers, which would write out whatever anybody sends.

    A form is read before its view knows who sent it: nobody's files are passed over. Of a file
    beyond MAX_UPLOAD_MB only so much is kept that the form sees it to be too large. A form whose
    line was cut is none.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Raise SkipFile for a file of nobody who is signed in."""
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Hand a part of the file on, or None beyond the limit."""
        return raw_data if start <= settings.MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """Leave the file to the next handler."""
        return None

    def upload_complete(self) -> None:
        """Raise UnreadablePostError where the line was cut before the form was whole."""
        body = self.request.META.get("wsgi.input") if self.request else None
        if getattr(body, "left", 0) > 0:
            raise UnreadablePostError("The request ended before it was whole.")
