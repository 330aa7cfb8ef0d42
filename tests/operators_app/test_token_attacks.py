"""Tokens made by hand: none but ours, whole and in time, opens anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from operators_app.authentication import PhoneAccessToken, PhoneRefreshToken, issue
from operators_app.models import Operator, Role, Session
from tests.phone import Phone

pytestmark = pytest.mark.django_db

KEY = settings.SECRET_KEY
FOREIGN = "a key of somebody else, long enough to sign with"
KINDS = {"access": PhoneAccessToken, "refresh": PhoneRefreshToken}


def claims_of(person: Operator, kind: str = "access") -> dict[str, Any]:
    """Return the claims of a good token of this person."""
    Phone.of(person)
    session = Session.objects.latest("created_at")
    raw = issue(KINDS[kind], {"operator_id": person.pk, "role": "operator"}, session)
    return jwt.decode(raw, KEY, ["HS256"])


def part(data: Any) -> str:
    """Return a part of a token."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(head: Any, claims: Any, key: str = KEY, digest: str = "sha256") -> str:
    """Return a token signed with HMAC, whatever its head says."""
    text = f"{part(head)}.{part(claims)}"
    return f"{text}.{part(hmac.digest(key.encode(), text.encode(), digest))}"


def tried(token: str, kind: str) -> Any:
    """Return the answer to a token of this kind."""
    if kind == "access":
        return Phone(token).get("queue")
    return Phone().post("auth/refresh", {"refresh_token": token})


def refused(token: str, kind: str) -> str:
    """Return the code with which a token is refused; it must be, in the envelope."""
    response = tried(token, kind)
    body = response.json()
    assert response.status_code == 401, (token[:200], response.content[:200])
    assert body["success"] is False
    assert body["error"]
    assert response["WWW-Authenticate"].startswith("Bearer")
    return str(body["code"])


OTHER_HEADS = [
    {"alg": "HS512"}, {"alg": "HS384"}, {"alg": "RS256"}, {"alg": "ES256"}, {"alg": "PS256"},
    {"alg": "EdDSA"}, {"alg": "none"}, {"alg": "None"}, {"alg": "nOnE"}, {"alg": "hs256"},
    {"alg": "HS256 "}, {"alg": ""}, {"alg": None}, {"alg": 5}, {"alg": ["HS256"]}, {},
    [], "HS256", 7, None, b"{", b"\xff\xfe", b"",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_algorithm_other_than_ours_is_refused_even_with_our_key(
    olga: Operator, kind: str
) -> None:
    claims = claims_of(olga, kind)
    for head in OTHER_HEADS:
        for digest in ("sha256", "sha512"):
            assert refused(forged(head, claims, KEY, digest), kind) == "token_invalid", head
        assert refused(f"{part(head)}.{part(claims)}.", kind) == "token_invalid", head


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_the_token_brings_along_is_not_used(olga: Operator, kind: str) -> None:
    own = {"kty": "oct", "k": part(FOREIGN.encode()), "alg": "HS256"}
    for brought in (
        {"jwk": own}, {"jku": "http://127.0.0.1:9/keys"}, {"x5u": "http://127.0.0.1:9/chain"},
        {"kid": "/dev/null"}, {"kid": "' UNION SELECT 'x"}, {"kid": FOREIGN},
        {"crit": ["b64"], "b64": False}, {"crit": ["laser"], "laser": 1},
    ):  # fmt: skip
        head = {"alg": "HS256", "typ": "JWT", **brought}
        for key in (FOREIGN, "", "\n"):
            assert refused(forged(head, claims_of(olga, kind), key), kind) == "token_invalid"


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_was_changed_is_refused(olga: Operator, otto: Operator, kind: str) -> None:
    good, other = claims_of(olga, kind), claims_of(otto, kind)
    head, body, signature = forged({"alg": "HS256", "typ": "JWT"}, good).split(".")
    assert tried(f"{head}.{body}.{signature}", kind).status_code == 200
    changed: list[Any] = [
        {**good, "role": "admin"}, {**good, "operator_id": otto.pk}, {**good, "sid": other["sid"]},
        {**good, "exp": good["exp"] + 10**6}, {**good, "type": "refresh"}, other, [], {}, "x", None,
    ]  # fmt: skip
    for claims in changed:
        if claims != good:
            assert refused(f"{head}.{part(claims)}.{signature}", kind) == "token_invalid"
    for cut in range(0, len(signature), 7):
        assert refused(f"{head}.{body}.{signature[:cut]}", kind) == "token_invalid"
    for token in (f"{body}.{head}.{signature}", f"{head}.{body}", f"{head}.{body}.{signature}.",
                  f"{head}..{signature}", "..", ".", f"{head}={body}.{signature}"):  # fmt: skip
        assert refused(token, kind) == "token_invalid"


@pytest.mark.parametrize("kind", KINDS)
def test_claims_that_are_missing_or_nonsense_are_refused_even_with_our_key(
    olga: Operator, kind: str
) -> None:
    good = claims_of(olga, kind)
    past, future = timezone.now().timestamp() - 1, timezone.now().timestamp() + 3600
    expected: dict[str, list[Any]] = {
        "exp": [None, "soon", [], {}, past, -1, 0],
        "sid": [None, 5, [], {}, "", "x", "\0", str(uuid.uuid4())[:-1], "é" * 36],
        "type": [None, 5, [], "Access", "sliding", ""],
        "nbf": [future],
        "jti": [None],
    }
    for name, values in expected.items():
        lacking = {key: value for key, value in good.items() if key != name}
        for claims in [lacking] * (name != "nbf") + [{**good, name: one} for one in values]:
            if name == "jti" and "jti" in claims:
                continue  # any value will do: it names the token, not the session
            told = refused(jwt_of(claims), kind)
            assert told in {"token_invalid", "token_expired", "token_wrong_type"}, (name, claims)
    assert refused(jwt_of({**good, "exp": int(past)}), kind) == "token_expired"
    assert refused(jwt_of({**good, "sid": str(uuid.uuid4())}), kind) == "session_ended"


def jwt_of(claims: Any) -> str:
    """Return a token signed as ours are."""
    return forged({"alg": "HS256", "typ": "JWT"}, claims)


def test_one_kind_is_refused_as_the_other_whatever_its_other_claims(olga: Operator) -> None:
    access, refresh = claims_of(olga, "access"), claims_of(olga, "refresh")
    assert refused(jwt_of(refresh), "access") == "token_wrong_type"
    assert refused(jwt_of(access), "refresh") == "token_wrong_type"
    assert refused(jwt_of({**refresh, "token_type": "access"}), "access") == "token_wrong_type"


def test_what_a_token_says_of_role_and_person_is_not_believed(
    olga: Operator, otto: Operator
) -> None:
    told = {**claims_of(olga), "role": Role.ADMIN.value, "operator_id": otto.pk, "user_id": 1}
    phone = Phone(jwt_of(told))
    assert phone.get("operators/me").json()["operator"]["name"] == "Olga"
    assert phone.delete("queue/1").status_code == 403


@pytest.mark.parametrize("size", [5_000, 200_000])
def test_a_token_too_large_is_refused_quickly(olga: Operator, size: int) -> None:
    for token in ("x" * size, "." * size, f"{'a' * size}.b.c", jwt_of({"pad": "x" * size})):
        assert tried(token, "access").status_code == 401
        response = tried(token, "refresh")  # no such token was ever issued: wrong in its shape
        assert (response.status_code, response.json()["error"]) == (400, "Refresh token required")


@pytest.mark.parametrize("junk", ["é", "板", "\xff", "\u202e", "Bearer é", "\N{ZERO WIDTH SPACE}"])
def test_letters_that_no_header_may_hold_are_refused(olga: Operator, junk: str) -> None:
    for header in (junk, f"Bearer {junk}", f"Bearer {jwt_of(claims_of(olga))}{junk}"):
        response = Phone().get("queue", Authorization=header)
        assert response.status_code == 401
        assert response.json()["success"] is False
    assert tried(junk, "refresh").status_code == 401


def test_the_key_of_tokens_is_the_installations_secret_and_not_short() -> None:
    signed = jwt_of({"type": "access"})
    text, _, signature = signed.rpartition(".")
    ours = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest()
    assert signature == part(ours)
    assert len(KEY) >= 32
