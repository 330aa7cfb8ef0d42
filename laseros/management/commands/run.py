"""`manage.py run`: everything one computer needs, with one command."""

from __future__ import annotations

import errno
import http.client
import logging
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection, connections
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.executor import MigrationExecutor

from laseros import __version__, metrics
from laseros.running import marked_as_running
from laseros.supervisor import CannotStart, Program, Supervisor

log = logging.getLogger("laseros.run")

READY_SECONDS = 60
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Command(BaseCommand):
    """Prepares the database and runs the server and the job process until Ctrl-C."""

    help = "Prepares the database, then runs the server and the job process until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the one option."""
        parser.add_argument(
            "--no-demo", action="store_true", help="do not load the demo shop the first time"
        )

    def handle(self, *args: Any, no_demo: bool = False, **options: Any) -> None:
        """Run; what stands in the way of a start is told in one sentence."""
        host, port = settings.HOST or "127.0.0.1", settings.PORT
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            check_address(host, port)
            check_database()
            with database_in_use():
                self.prepare(demo=settings.DEBUG and wants_demo(no_demo))
                welcome = welcome_text(host, port)
                connections.close_all()
                metrics.begin_anew()
                Supervisor(programs(host, port), self.say).run(
                    lambda: answers(host, port), READY_SECONDS, welcome
                )
            self.say("Laser OS has stopped.")
        except CannotStart as error:
            self.give_up(f"Laser OS cannot start: {error}")
        except KeyboardInterrupt:
            self.give_up("Stopped before the start was complete.")

    def prepare(self, *, demo: bool) -> None:
        """Bring the database and the static files up to date; load the demo the first time."""
        if is_outdated():
            self.say("Bringing the database up to date…")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except Error as error:
            raise CannotStart(f"{database_name()} refused the update: {reason(error)}.") from error
        check_people()
        if not settings.DEBUG:
            self.say("Collecting the static files…")
            call_command("collectstatic", interactive=False, verbosity=0)
        if demo and not has_accounts():
            self.say("Loading the demo shop (first time only)…")
            try:
                call_command("load_demo", stdout=self.stdout)
            except CommandError as error:  # somebody's own shop: no reason not to run it
                self.say(str(error))
        sample_tables()

    def say(self, text: str) -> None:
        """Print a line now; a closed terminal is no reason to stop working."""
        if settings.LOG_FORMAT == "json":
            log.info(text)
            return
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except OSError:
            return

    def give_up(self, sentence: str) -> NoReturn:
        """End with a sentence that says why."""
        if settings.LOG_FORMAT == "json":
            log.critical(sentence)
            sys.exit(1)
        sys.exit(sentence)


def check_address(host: str, port: int) -> None:
    """Raise CannotStart when the server could not listen on `host` and `port`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, address = found[0][0], found[0][4]
        socket.create_server((str(address[0]), port), family=family).close()
    except OSError as error:
        other = port + 1 if port < 65535 else 8000
        sentence = {
            errno.EADDRINUSE: f"port {port} is in use by another program; stop that one, "
            f"or choose another port, for example with PORT={other}.",
            errno.EACCES: f"port {port} is reserved for the administrator of this computer; "
            "choose one above 1023 with PORT.",
        }.get(error.errno or 0, f"HOST={host} is no address of this computer.")
        raise CannotStart(sentence) from error


def check_database() -> None:
    """Raise CannotStart when the database does not answer."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        raise CannotStart(
            f"{database_name()} cannot be reached ({reason(error)}); check DATABASE_URL."
        ) from error


def database_in_use() -> AbstractContextManager[None]:
    """Let others know, within the block, that Laser OS runs on this database."""
    if connection.vendor != "sqlite":
        return nullcontext()
    return marked_as_running(Path(connection.settings_dict["NAME"]))


def database_name() -> str:
    """Name the database for a person: never its user or password."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"the database file {config['NAME']}"
    place = config["HOST"] or "this computer"
    return f"the database {config['NAME']} at {place}:{config['PORT'] or 5432}"


def reason(error: Error) -> str:
    """Return the core of a database error's first line, without its full stop."""
    if isinstance(error, MigrationSchemaMissing):
        return "its user may not make tables there; let the database belong to that user"
    line = str(error).partition("\n")[0].rpartition(" failed: ")[2]
    return line.removeprefix("FATAL:").strip().rstrip(".") or type(error).__name__


def is_outdated() -> bool:
    """Tell whether migrations wait to be applied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def has_accounts() -> bool:
    """Tell whether anyone can sign in; the system's own account cannot."""
    return get_user_model()._default_manager.filter(is_active=True).exists()


def has_demo_accounts() -> bool:
    """Tell whether this is the demo shop, with its published password."""
    names = settings.DEMO_ACCOUNTS
    users = get_user_model()._default_manager.filter(username__in=names, is_active=True)
    return settings.DEBUG and users.count() == len(names)


def check_people() -> None:
    """Raise CannotStart for what the system checks find wrong in the database."""
    for problem in run_checks(tags=[Tags.database], databases=["default"]):
        if problem.is_serious():
            raise CannotStart(f"{problem.msg} {problem.hint or ''}".strip())


def wants_demo(no_demo: bool) -> bool:
    """Tell whether an empty shop is to get the demo; a “no” is remembered beside the data."""
    mark = Path(settings.DATA_DIR) / "no-demo"
    if no_demo:
        mark.touch()
    return not mark.exists()


def programs(host: str, port: int) -> list[Program]:
    """Return what runs on one computer: one server process with threads, one job cluster."""
    base = Path(settings.BASE_DIR)
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    server = [sys.executable, "-m", "gunicorn", "laseros.wsgi:application"]
    server += ["--pythonpath", str(base), "--bind", bind]
    server += ["--worker-class", "laseros.server_worker.EnvelopeWorker"]
    # One process: what one request puts into the in-memory cache, the next one must find.
    server += ["--workers", "1", "--threads", str(settings.WEB_THREADS)]
    server += ["--graceful-timeout", "6", "--keep-alive", "15"]
    server += ["--logger-class", "laseros.server_log.ServerLogger"]
    server += ["--no-control-socket", "--limit-request-line", "8190"]
    if os.access("/dev/shm", os.W_OK | os.X_OK):  # noqa: S108
        # The heartbeat of the worker must not wait for a slow disk.
        server += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    jobs = [sys.executable, str(base / "manage.py"), "qcluster"]
    return [Program("The server", server), Program("The job process", jobs)]


def answers(host: str, port: int) -> bool:
    """Tell whether the server answers /health."""
    line = http.client.HTTPConnection(ANY_ADDRESS.get(host, host), port, timeout=5)
    try:
        line.request("GET", "/health", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".")})
        return line.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def public_address(host: str, port: int) -> str:
    """Return the address under which people reach the server, without a closing slash."""
    name = settings.ALLOWED_HOSTS[0].lstrip(".")
    if settings.HTTPS:  # a proxy before us speaks TLS
        return f"https://{name}"
    if host in {"127.0.0.1", "::1", "localhost", *ANY_ADDRESS} and (
        "localhost" in settings.ALLOWED_HOSTS
    ):
        name = "localhost"
    return f"http://{name}:{port}"


def welcome_text(host: str, port: int) -> str:
    """Return what is said once the server answers: the addresses, and the demo's accounts."""
    address = public_address(host, port)
    if settings.LOG_FORMAT == "json":
        return f"Laser OS {__version__} is running at {address}."
    lines = [
        "",
        f"Laser OS {__version__} is running. Ctrl-C stops it.",
        f"  Admin     {address}/admin/",
        f"  API docs  {address}/api/docs",
        f"  Health    {address}/health",
    ]
    if has_demo_accounts():
        lines += [
            f"  Accounts  {', '.join(settings.DEMO_ACCOUNTS)}",
            f"  Password  {settings.DEMO_PASSWORD}",
        ]
    elif not has_accounts():
        lines += ["  Accounts  none yet; the first: .venv/bin/python manage.py createsuperuser"]
    return "\n".join([*lines, ""])


def sample_tables() -> None:
    """Tell SQLite's planner how the tables are filled, as PostgreSQL finds out by itself.

    Without it the active queue is sorted anew for each reader, past the index made for it. A few
    milliseconds whatever the tables' size.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 400")
            cursor.execute("ANALYZE")
