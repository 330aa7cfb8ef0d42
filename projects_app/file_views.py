"""The download of a drawing (contract, section 5: `dxf_files`)."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from laseros.errors import NotFound
from laseros.schema import ErrorAnswer
from operators_app.views import ApiView
from projects_app.models import DesignFile
from projects_app.uploads import DXF_TYPE

ANSWERS: dict[Any, Any] = {
    (200, DXF_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The file."),
    304: OpenApiResponse(description="The file you have (If-None-Match) is still right."),
    **dict.fromkeys((401, 403, 404, 503), ErrorAnswer),
}


class DownloadView(ApiView):
    """GET /files/{id}/download."""

    @extend_schema(summary="Download a drawing as it was uploaded", responses=ANSWERS)  # type: ignore[untyped-decorator]
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """Send the file under its own name, never to be shown or run by a browser."""
        drawing = DesignFile.objects.filter(pk=pk, is_archived=False).first()
        if drawing is None:
            raise NotFound(_("There is no such drawing; perhaps it was archived."))
        etag = f'"{drawing.sha256}"'
        response = get_conditional_response(request._request, etag=etag) or _file(drawing)
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        response["X-Content-Type-Options"] = "nosniff"
        return response


def _file(drawing: DesignFile) -> FileResponse:
    try:
        content = drawing.file.open("rb")
    except FileNotFoundError as error:
        raise NotFound(
            _("The drawing's file is missing on the server; ask a manager to upload it again."),
            "file_missing",
        ) from error
    return FileResponse(
        content,
        as_attachment=True,
        filename=drawing.original_filename,
        content_type=DXF_TYPE,
    )
