"""People, their roles and sessions, the append-only log, and the imports of spreadsheets."""

from operators_app.models.log import (
    ActivityLog,
    AppendOnlyError,
    Flag,
    FlagStatus,
    LogHead,
    LogQuerySet,
    Source,
)
from operators_app.models.people import (
    ROLES_OF_THE_ADMIN,
    ROLES_OF_THE_API,
    Operator,
    PastPassword,
    Role,
    RolePolicy,
    User,
    UserManager,
    highest_role,
)
from operators_app.models.sessions import Channel, FactorState, LoginOutcome, LoginRecord, Session
from operators_app.sheets.models import HeadingSynonym, ImportStatus, SheetImport

__all__ = [
    "ROLES_OF_THE_ADMIN",
    "ROLES_OF_THE_API",
    "ActivityLog",
    "AppendOnlyError",
    "Channel",
    "FactorState",
    "Flag",
    "FlagStatus",
    "HeadingSynonym",
    "ImportStatus",
    "LogHead",
    "LogQuerySet",
    "LoginOutcome",
    "LoginRecord",
    "Operator",
    "PastPassword",
    "Role",
    "RolePolicy",
    "Session",
    "SheetImport",
    "Source",
    "User",
    "UserManager",
    "highest_role",
]
