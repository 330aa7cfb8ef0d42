"""Clients, projects and their life cycle, parts, drawings, documents, and the shop itself."""

from projects_app.models.clients import Client
from projects_app.models.files import (
    DOCUMENT_ENDINGS,
    DesignFile,
    Document,
    DocumentKind,
    FileKind,
    ReadState,
    design_file_path,
    document_path,
    preview_path,
    random_name,
)
from projects_app.models.projects import (
    NOT_NEGATIVE,
    PROJECT_MOVES,
    Part,
    Project,
    ProjectPart,
    ProjectStatus,
    month_of,
)
from projects_app.models.search import ClientText, ProjectText
from projects_app.models.shop import (
    WEEKDAYS,
    Shop,
    logo_path,
    monday_to_friday,
    paper_number,
    paper_number_beginning,
)

__all__ = [
    "DOCUMENT_ENDINGS",
    "NOT_NEGATIVE",
    "PROJECT_MOVES",
    "WEEKDAYS",
    "Client",
    "ClientText",
    "DesignFile",
    "Document",
    "DocumentKind",
    "FileKind",
    "Part",
    "Project",
    "ProjectPart",
    "ProjectStatus",
    "ProjectText",
    "ReadState",
    "Shop",
    "design_file_path",
    "document_path",
    "logo_path",
    "monday_to_friday",
    "month_of",
    "paper_number",
    "paper_number_beginning",
    "preview_path",
    "random_name",
]
