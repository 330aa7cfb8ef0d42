"""What stands in the headers: CORS, tags and caching, and what keeps a browser safe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.test import Client

from operators_app.models import Operator
from tests.factories import PASSWORD, make_item
from tests.laseros.endpoints import OPEN, READS, SPECS, VERBS, Shop, call
from tests.phone import Phone

BASE = Path(__file__).resolve().parents[2]
LONG = "long-enough-and-only-for-this-test-0123456789"
ORIGIN = "https://phone.example.com"

TAGGED = sorted(READS)
in_database = pytest.mark.django_db


# --- CORS ----------------------------------------------------------------------------------------


@pytest.fixture
def named(settings: Any) -> None:
    """Name one origin."""
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


def cors(response: Any) -> dict[str, str]:
    """Return the headers of CORS."""
    return {
        name: value
        for name, value in response.headers.items()
        if name.lower().startswith("access-control-")
    }


def words(header: str) -> set[str]:
    """Return a header's list, in lower case."""
    return {one.strip().lower() for one in header.split(",")}


@in_database
@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("name", sorted(SPECS))
def test_a_named_origin_may_read_every_answer(name: str, olga: Operator, phone: Phone) -> None:
    shop = Shop.of(olga)
    for one in (phone, Phone()):  # answers and refusals
        response = call(one, name, shop, Origin=ORIGIN)
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        exposed = words(response.headers["Access-Control-Expose-Headers"])
        assert exposed >= {"etag", "retry-after"}
        assert "origin" in words(response.headers["Vary"])
        assert "Access-Control-Allow-Credentials" not in response.headers


@in_database
@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "http://phone.example.com", "https://phone.example.com:8443",
        "https://phone.example.com.evil.example", "https://a.phone.example.com", "null", "*",
        "https://PHONE.example.com.", "",
    ],
)  # fmt: skip
def test_no_other_origin_may_read_anything(origin: str, olga: Operator, phone: Phone) -> None:
    shop = Shop.of(olga)
    for name in sorted(READS | OPEN):
        assert cors(call(phone, name, shop, Origin=origin)) == {}
    asked = {"Access-Control-Request-Method": "POST", "Origin": origin}
    assert "Access-Control-Allow-Origin" not in phone.request("OPTIONS", "queue", **asked).headers


@in_database
def test_without_a_setting_no_origin_is_named(phone: Phone) -> None:
    assert cors(phone.get("queue", Origin=ORIGIN)) == {}


@in_database
@pytest.mark.usefixtures("named")
def test_nothing_outside_the_api_is_shared(client: Client) -> None:
    for path in ("/health", "/health/db", "/admin/login/", "/", "/apix"):
        assert cors(client.get(path, headers={"Origin": ORIGIN})) == {}


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("name", sorted(SPECS))
def test_a_preflight_allows_what_the_phone_sends(name: str) -> None:
    path = SPECS[name].path.format(project=1, waiting=1, running=1, drawing=1)
    wanted = "authorization, content-type, idempotency-key, if-none-match"
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": name.split()[0],
        "Access-Control-Request-Headers": wanted,
    }
    response = Phone().request("OPTIONS", path, **asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert words(response.headers["Access-Control-Allow-Headers"]) >= words(wanted)
    assert name.split()[0].lower() in words(response.headers["Access-Control-Allow-Methods"])


@in_database
@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("debug", [False, True])
def test_a_refusal_from_outside_the_views_can_be_read_too(
    debug: bool, phone: Phone, settings: Any, monkeypatch: Any
) -> None:
    settings.DEBUG = debug

    for error, status in ((ValueError("a bug"), 500), (OperationalError("away"), 503)):
        broken = Mock(side_effect=error)
        monkeypatch.setattr("queue_app.views.queue_rows", broken)
        response = phone.get("queue", Origin=ORIGIN)
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Retry-After"]
    response = phone.post("/api/docs", Origin=ORIGIN)
    assert response.status_code == 405
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "GET" in response.headers["Allow"]


# --- Tags and caching ----------------------------------------------------------------------------


@in_database
@pytest.mark.parametrize("name", TAGGED)
def test_whoever_has_the_newest_answer_is_told_so_without_a_body(
    name: str, olga: Operator, phone: Phone, monkeypatch: Any
) -> None:
    monkeypatch.setattr("queue_app.views.shop_minute", lambda: "12:00")
    shop = Shop.of(olga)
    fresh = call(phone, name, shop)
    tag = fresh.headers["ETag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert words(fresh.headers["Cache-Control"]) == {"private", "no-cache"}
    for held in (tag, f"W/{tag}", "*", f'"other", {tag}', f'W/"other" , W/{tag},"x"', f" {tag} "):
        response = call(phone, name, shop, If_None_Match=held)
        assert response.status_code == 304, held
        assert b"".join(response) == b""
        assert response.headers["ETag"] == tag
        assert words(response.headers["Cache-Control"]) == {"private", "no-cache"}
        assert "Content-Type" not in response.headers or name == "GET file-download"
    for held in ('"other"', tag.strip('"'), tag[:-2] + '"', tag.upper().replace('"', '"X'), "junk"):
        assert call(phone, name, shop, If_None_Match=held).status_code == 200, held
    if name != "GET file-download":  # the test client forgets to close the file of a HEAD
        assert phone.request("HEAD", shop.path(SPECS[name])).headers["ETag"] == tag


@in_database
@pytest.mark.parametrize("path", ["queue/9999999", "projects/9999999", "files/9999999/download"])
def test_nobody_has_the_newest_version_of_what_is_not_there(path: str, phone: Phone) -> None:
    assert phone.get(path, If_None_Match="*").status_code == 404


@in_database
def test_a_tag_belongs_to_one_person_one_role_and_one_address(
    olga: Operator, otto: Operator, phone: Phone
) -> None:
    make_item()
    tag = phone.get("queue").headers["ETag"]
    paths = ["queue?limit=50", "queue?status=all", "queue?", "projects", "presets"]
    tags = {tag, *(phone.get(path).headers["ETag"] for path in paths)}
    assert len(tags) >= len(paths)  # `queue?` may be the same address
    assert Phone.of(otto).get("queue", If_None_Match=tag).status_code == 200
    assert Phone.of(olga).get("queue", If_None_Match=tag).status_code == 304
    assert phone.get("queue", If_None_Match=tag, Accept_Language="de").status_code == 200
    assert olga.user is not None
    olga.user.groups.set([Group.objects.get(name="manager")])
    as_manager = phone.get("queue", If_None_Match=tag)
    assert as_manager.status_code == 200
    assert "cancel" in json.loads(as_manager.content)["queue_items"][0]["allowed_actions"]


@in_database
@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_change_renews_the_tags(name: str, mary: Operator, phone: Phone) -> None:
    shop = Shop.of(mary)
    tags = {path: phone.get(path).headers["ETag"] for path in ("queue", "projects", "operators/me")}
    assert call(Phone.of(mary), name, shop).status_code == 200
    for path, tag in tags.items():
        response = phone.get(path, If_None_Match=tag)
        assert response.status_code == 200
        assert response.headers["ETag"] != tag


@in_database
def test_refusals_and_sign_ins_renew_no_tag(olga: Operator, phone: Phone) -> None:
    shop = Shop.of(olga)
    tag = phone.get("queue").headers["ETag"]
    assert phone.post(f"queue/{shop.waiting.pk}/pause", {"reason": "Lunch"}).status_code == 409
    assert phone.delete(f"queue/{shop.waiting.pk}").status_code == 403
    login = {"username": "olga", "password": PASSWORD}
    other = Phone(json.loads(phone.post("auth/login", login).content)["access_token"])
    assert other.post("auth/logout").status_code == 200
    assert phone.get("queue", If_None_Match=tag).status_code == 304


@in_database
def test_statistics_are_told_anew_each_minute(phone: Phone, monkeypatch: Any) -> None:
    minute = Mock(return_value="11:59")
    monkeypatch.setattr("queue_app.views.shop_minute", minute)
    tag = phone.get("operators/me/stats").headers["ETag"]
    assert phone.get("operators/me/stats", If_None_Match=tag).status_code == 304
    minute.return_value = "12:00"
    assert phone.get("operators/me/stats", If_None_Match=tag).status_code == 200


@in_database
def test_changes_and_refusals_carry_no_tag(olga: Operator, phone: Phone) -> None:
    shop = Shop.of(olga)
    for name in ("PATCH queue-item", "POST pause", "POST login", "POST logout"):
        assert "ETag" not in call(phone, name, shop).headers
    assert "ETag" not in Phone().get("queue", If_None_Match="*").headers


# --- Production ----------------------------------------------------------------------------------

PRODUCTION = {
    "DEBUG": "false", "SECRET_KEY": LONG, "ALLOWED_HOSTS": "laser.example",
    "CORS_ALLOWED_ORIGINS": ORIGIN,
}  # fmt: skip


def run(tmp_path: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the project with nothing set but production's settings and `variables`."""
    bare = {"PATH": os.environ["PATH"], "ENV_FILE": "/dev/null", "LASEROS_DATA": str(tmp_path)}
    chosen = {name: value for name, value in {**PRODUCTION, **variables}.items() if value}
    return subprocess.run(
        [sys.executable, *words],
        cwd=BASE,
        env={**bare, "DJANGO_SETTINGS_MODULE": "laseros.settings", **chosen},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_production_passes_the_deployment_checks(tmp_path: Path) -> None:
    secret = os.urandom(40).hex()
    done = run(
        tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=secret
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
told = {name: getattr(settings, name) for name in (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE", "SECURE_SSL_REDIRECT", "DEBUG")}
client = Client(headers={"host": "laser.example"})
told["api"] = dict(client.get("/api/mobile/queue", secure=True).headers)
told["plain"] = client.get("/api/mobile/queue").status_code
told["health"] = client.get("/health").status_code
told["stranger"] = client.get("/api/mobile/queue", secure=True, headers={"host": "a.b"}).status_code
print(json.dumps(told))
"""


def test_production_keeps_cookies_and_pages_safe(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", ASK)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY"):
        assert told[name] is True
    assert told["SESSION_COOKIE_SAMESITE"] == told["CSRF_COOKIE_SAMESITE"] == "Lax"
    assert told["DEBUG"] is False
    assert (told["plain"], told["health"], told["stranger"]) == (301, 200, 400)
    headers = {name.lower(): value for name, value in told["api"].items()}
    assert int(headers["strict-transport-security"].removeprefix("max-age=").split(";")[0]) > 86400
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS: Name the hosts"),
        ({"CORS_ALLOWED_ORIGINS": "*"}, "CORS_ALLOWED_ORIGINS: “*” is no origin"),
    ],
)
def test_production_does_not_start_with_a_careless_setting(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    done = run(tmp_path, "manage.py", "check", **variables)
    assert done.returncode != 0
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
