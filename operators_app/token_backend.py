"""Checks the signature and the end of tokens, and leaves their beginning alone."""

from __future__ import annotations

from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken


class OwnTokenBackend(TokenBackend):
    """Takes a token that says it was issued in the future: it was, by this server's clock then.

    A clock that is set back would otherwise sign everybody out until it has caught up. Whether a
    token still opens anything is told by its session.
    """

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """Return what a token says; raise TokenBackendError unless it is ours and still valid."""
        try:
            said: dict[str, Any] = jwt.decode(
                token,
                self.signing_key,
                algorithms=[self.algorithm],
                options={"verify_iat": False, "verify_signature": verify},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenBackendExpiredToken("Token is expired") from error
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("Token is invalid") from error
        return said


own_token_backend = OwnTokenBackend(
    settings.SIMPLE_JWT["ALGORITHM"], settings.SIMPLE_JWT["SIGNING_KEY"]
)
