"""Files added on a project's page: several at once, each on its own through its verb.

What is refused is told by its name and the reason; the others are kept. The forms stand apart from
the project's own, so that neither loses what the other was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from laseros.errors import InvalidInput
from laseros.upload_limits import too_many_files
from operators_app.admin_actions import BACK, own_page, per_row
from operators_app.verbs import Call, Outcome
from projects_app.models import DOCUMENT_TYPES, DocumentKind, Project
from projects_app.queries import parts_for
from projects_app.uploads import safe_name, too_large
from projects_app.verbs.files import add_design_file, add_document

MOST_PARTS = 300  # offered for a drawing beside those of the list of parts

Add = Callable[[Project, Any, str, Call], Outcome]


def _add_drawing(project: Project, file: UploadedFile[bytes], part: str, call: Call) -> Outcome:
    if part and not (part.isascii() and part.isdecimal() and len(part) < 19):
        raise InvalidInput.on("part", _("There is no such part."), "unknown_part")
    return add_design_file(project.pk, file, part_id=int(part) if part else None, **call)


def _add_document(project: Project, file: UploadedFile[bytes], kind: str, call: Call) -> Outcome:
    return add_document(project.pk, kind, file, **call)


# By the address: the field that tells more of each file, and the verb.
UPLOADS: dict[str, tuple[str, Add]] = {
    "drawings": ("part", _add_drawing),
    "documents": ("kind", _add_document),
}


class UploadMixin:
    """Takes files on a project's page."""

    def get_urls(self: Any) -> list[Any]:
        """Add the address that the files are sent to."""
        view = self.admin_site.admin_view(self.upload_view)
        name = "projects_app_project_upload"
        return [path("<int:pk>/upload/<slug:what>/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def upload_view(self: Any, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """Add each file that was sent, and lead back to the project's page.

        Where all were kept: to the page that somebody came from to upload them, if to any.
        """
        project = Project.objects.filter(pk=pk).first()
        if not self.has_change_permission(request, project):
            raise PermissionDenied
        if project is None or what not in UPLOADS:
            raise Http404
        done = request.method == "POST" and _take(request, project, *UPLOADS[what])
        back = own_page(request, request.POST.get(BACK, "")) if done else ""
        return HttpResponseRedirect(back or self.change_url(pk))


class Sent(NamedTuple):
    """A file that was sent: its name, itself, and what was said of it."""

    told_as: str
    file: UploadedFile[bytes]
    said: str


def _take(request: HttpRequest, project: Project, field: str, add: Add) -> bool:
    """Carry out the verb for each file; tell which were kept, and why the others were not.

    The field is sent once for all files, or once for each, in their order. Where it is not sent at
    all, drawings are of the only part of the list. Returns whether there were files, all kept.
    """
    files, told = request.FILES.getlist("files"), request.POST.getlist(field)
    if not files:
        messages.warning(request, _("No file was chosen: choose one or more, then upload them."))
        return False
    told = told or [only_part(project) if field == "part" else ""]
    if len(told) not in (1, len(files)):
        messages.error(request, _("Nothing was added: what was chosen for the files does not fit "
                                  "them. Choose the files once more."))  # fmt: skip
        return False
    each = told if len(told) == len(files) else told * len(files)
    sent = [Sent(safe_name(file.name or "", "?"), file, said)
            for file, said in zip(files, each, strict=True)]  # fmt: skip
    done, chosen = per_row(
        request, sent, lambda one, call: add(project, one.file, one.said, call), _("Upload")
    )
    return done == chosen


def only_part(project: Project) -> str:
    """Return the part that drawings are of where nothing else is said: the only one of the list."""
    listed = project.project_parts.order_by("id").values_list("part_id", flat=True)[:2]
    return str(listed[0]) if len(listed) == 1 else ""


def upload_forms(project: Project, back: str = "") -> list[dict[str, Any]]:
    """Return what the two forms offer, for their template; drawings lead to the page `back`."""
    most_files, most_bytes = settings.DATA_UPLOAD_MAX_NUMBER_FILES, settings.MAX_UPLOAD_BYTES
    limit = {"size": filesizeformat(most_bytes), "count": most_files}
    limits = {
        "most_files": str(most_files), "most_bytes": str(most_bytes),
        "too_many": too_many_files(), "too_large": too_large(),
    }  # fmt: skip
    endings = [ending for known in DOCUMENT_TYPES.values() for ending in known.endings]
    return [
        {
            "what": "drawings", "field": "part", "label": _("For the part"),
            "accept": ".dxf", "title": _("Drop drawings here, or choose them"),
            "help": _("DXF, at most %(size)s each, up to %(count)s at once.") % limit,
            "empty": _("No part in particular"), "groups": _parts(project), "is_required": False,
            "chosen": only_part(project), "back": back, **limits,
        },
        {
            "what": "documents", "field": "kind", "label": _("Kind"),
            "accept": ",".join(endings), "title": _("Drop documents here, or choose them"),
            "help": _("PDF, PNG or JPEG, at most %(size)s each, up to %(count)s at once.") % limit,
            "empty": _("Choose the kind"), "groups": [("", DocumentKind.choices)],
            "is_required": True, **limits,
        },
    ]  # fmt: skip


def _parts(project: Project) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the parts that a drawing may belong to: of the list, the client's, the shop's."""
    listed = [line.part for line in project.project_parts.select_related("part").order_by("id")]
    known = {part.pk for part in listed}
    others = parts_for(project.client_id).exclude(pk__in=known)[:MOST_PARTS]
    groups = {
        _("in the list of parts"): listed,
        _("other parts of the client"): [part for part in others if part.client_id],
        _("parts for any client"): [part for part in others if not part.client_id],
    }
    return [
        (capfirst(title), [(part.pk, str(part)) for part in parts])
        for title, parts in groups.items()
        if parts
    ]
