"""Who carries out a verb."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from laseros.errors import NotAllowed
from operators_app.models import Role, Source, User

SYSTEM_USERNAME = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person (or the system) behind a change, and what came with their sign-in.

    `seq` and `epoch` are the log's head as read with the session, in the same query: they tell
    the newest state that this request can have seen.
    """

    user_id: int
    username: str
    role: Role | None
    operator_id: int | None = None
    source: Source = Source.API
    session_id: uuid.UUID | None = None
    pending: str = ""  # the code of what must be done before anything else; see gate.SENTENCES
    seq: int = 0
    epoch: str = ""

    is_authenticated = True

    @classmethod
    def of_user(
        cls, user: User, source: Source = Source.ADMIN, session_id: uuid.UUID | None = None
    ) -> Actor:
        """Return the actor for a signed-in account, with their operator profile if any."""
        operator = getattr(user, "operator", None)
        return cls(
            user_id=user.pk,
            username=user.get_username(),
            role=user.role,
            operator_id=operator.pk if operator else None,
            source=source,
            session_id=session_id,
        )

    @classmethod
    def system(cls, source: Source = Source.SYSTEM) -> Actor:
        """Return the actor of automatic work: never nobody."""
        user = User.objects.only("pk", "username").get(username=SYSTEM_USERNAME)
        return cls(user_id=user.pk, username=SYSTEM_USERNAME, role=Role.ADMIN, source=source)

    @property
    def manages(self) -> bool:
        """Whether this is a manager or an admin."""
        return self.role in {Role.MANAGER, Role.ADMIN}

    def require_manager(self) -> None:
        """Raise NotAllowed for everybody but managers and admins."""
        if not self.manages:
            raise NotAllowed(_("Only a manager or an admin may do this."))

    def require_admin(self) -> None:
        """Raise NotAllowed for everybody but admins."""
        if self.role != Role.ADMIN:
            raise NotAllowed(_("Only an admin may do this."))

    def require_operator(self) -> None:
        """Raise NotAllowed for whoever may not work at the queue (DESIGN, table of rights)."""
        if self.role not in {Role.OPERATOR, Role.MANAGER, Role.ADMIN}:
            raise NotAllowed(_("Your role may look but not change anything."))

    def require_self(self, operator_id: int) -> None:
        """Raise NotAllowed where an operator acts under another operator's name."""
        self.require_operator()
        if operator_id != self.operator_id and not self.manages:
            raise NotAllowed(
                _("You can act only as yourself; ask a manager to enter work for somebody else."),
                "not_yourself",
            )
