"""Serves the database of a tenth of the size, for `benchmarks.run` to ask how costs grow.

Reads lines of `path requests`, answers each with `= seconds of CPU per fresh request`; the path
`delta` is the query behind delta sync.
"""

from __future__ import annotations

import os
import sys

from benchmarks import fill, inside, place, works
from benchmarks.run import DELTA, PROGRAM, sign_in
from benchmarks.servers import served


def main() -> None:
    """Serve and measure until the input ends."""
    scale = fill.scale_of_environment()
    os.environ["PGAPPNAME"] = "bench"
    os.environ.pop("BENCH_SERVER", None)
    place.use(scale)
    shop = fill.prepare(scale)
    _, headers = sign_in(1)
    with served(PROGRAM, "bench_small", scale, headers) as server:
        for line in sys.stdin:
            path, requests = line.split()
            if path == DELTA:
                place.say(f"= {inside.cpu_of_changes(shop)}")
                continue
            server.warm_up(path)
            ask = works.getting(path)
            place.say(f"= {server.measure(ask, int(requests), before=works.bump).cpu}")


if __name__ == "__main__":
    main()
