"""The long form of the fuzzing: `make fuzz`, against the real server with a demo shop of its own.

Everybody who may ask has a share of the time. A failure is told with its request as a curl
command, and SEED=… repeats the requests. In the end the doctor must be silent.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import urllib.request
from http import HTTPStatus
from pathlib import Path

from tests.laseros.fuzzing import CHECKS
from tests.laseros.test_run import BASE, LOGIN, Shop

FOLDER = BASE / "var" / "fuzz"
PASSWORD = "laseros-demo"  # the demo's, published
# Who attacks, and with what share of the time.
SHARES = {"operator1": 0.3, "manager": 0.25, "admin": 0.25, "viewer": 0.1, "nobody": 0.1}

NOT_SIGNED_IN = "/(login|logout|password|second-factor)$"
DEMOTE = (
    "from django.contrib.auth.models import Group;"
    "from operators_app.models import User;"
    "User.objects.get(username='operator3').groups.set([Group.objects.get(name='viewer')])"
)


def main() -> int:
    """Attack for MINUTES (10) with SEED (drawn and told); return how many roles found a fault."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**31))
    minutes = float(os.environ.get("MINUTES") or 10)
    say(f"Fuzzing the API for {minutes:g} minutes with SEED={seed}.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    shop = Shop(FOLDER, demo=True).start()
    try:
        shop.until_running()
        tokens = {who: sign_in(shop, who) for who in SHARES}
        failed = [
            who
            for who, share in SHARES.items()
            if attack(shop, who, tokens[who], seed, minutes * 60 * share)
        ]
        if not is_well(shop):
            failed.append("the doctor")
    finally:
        shop.clear_away()
    said = shop.said.partition("Password")[2]
    if "Traceback" in said:
        say(said)
        failed.append("the server's own log")
    say(f"Found by: {', '.join(failed)}. Repeat with:" if failed else "Nothing found; repeat with:")
    say(f"  make fuzz SEED={seed} MINUTES={minutes:g}")
    if failed:
        say(f"The shop as it was left, for the curl commands above:\n  {command(shop)}")
    return len(failed)


def say(text: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def attack(shop: Shop, who: str, token: str, seed: int, seconds: float) -> bool:
    """Let one person attack for a while; return whether anything was found."""
    say(f"\n=== {who}, {seconds:.0f} s")
    program = [
        str(Path(sys.executable).with_name("st")), "run",
        f"http://127.0.0.1:{shop.port}/api/schema?format=json",
        "--phases", "coverage,fuzzing,stateful", "--max-time", f"{max(seconds, 1):.0f}",
        "--checks", ",".join(CHECKS), "--seed", str(seed), "--continue-on-failure",
        "--generation-with-security-parameters", "false", "--generation-database", "none",
        "--output-sanitize", "false", "--suppress-health-check", "all", "--warnings", "off",
    ]  # fmt: skip
    if token:
        # Passwords are slow to check, on purpose; who signs out, or begins a second factor, is
        # nobody from then on.
        program += ["-H", f"Authorization: Bearer {token}", "--exclude-path-regex", NOT_SIGNED_IN]
    # It keeps notes where it runs.
    hooks = {"SCHEMATHESIS_HOOKS": "tests.laseros.fuzzing", "PYTHONPATH": str(BASE)}
    environment = {**os.environ, **hooks}
    done = subprocess.run(program, cwd=FOLDER, env=environment, check=False)
    return done.returncode != 0 or shop.health() != HTTPStatus.OK


def is_well(shop: Shop) -> bool:
    """Tell whether the doctor finds nothing wrong with what is left."""
    try:
        shop.manage("doctor")
    except subprocess.CalledProcessError:
        return False
    return True


def sign_in(shop: Shop, who: str) -> str:
    """Return a token: nobody's is empty, the viewer's is of somebody who became one afterwards."""
    if who == "nobody":
        return ""
    name = "operator3" if who == "viewer" else who
    said = json.dumps({"username": name, "password": PASSWORD}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{shop.port}{LOGIN}", said, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        token: str = json.load(answer)["access_token"]
    if who == "viewer":
        shop.manage("shell", "-v0", "-c", DEMOTE)
    return token


def command(shop: Shop) -> str:
    """Return the command that starts the shop again as it was left."""
    told = f"ENV_FILE=/dev/null LASEROS_DATA={FOLDER.relative_to(BASE)} PORT={shop.port}"
    return f"{told} make run"


if __name__ == "__main__":
    sys.exit(main())
