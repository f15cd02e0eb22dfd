"""The command behind `make bench`: runs the comparisons, prints tables, writes the figures to var/bench/."""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import heartbeat, launch, media, module_page, roster
from bench.machine import machine_line

FOLDER = Path("var/bench")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for, everything unless said otherwise."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers that were started are ended then too
    kinds = ("sqlite", "postgresql") if asked.database is None else (asked.database,)
    quick = asked.quick
    rounds, operations = (3, 150) if quick else (asked.rounds, asked.operations)
    measures: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "launch": lambda: launch.measure(rounds=rounds, operations=operations, kinds=kinds),
        "heartbeat": lambda: heartbeat.measure(rounds=rounds, operations=2 * operations, kinds=kinds),
        "page": lambda: module_page.measure(
            pages=300 if quick else 2000, buddies=5_000 if quick else 200_000, kinds=kinds
        ),
        "media": lambda: media.measure(rounds=10 if quick else 50),
        "roster": lambda: roster.measure(members=5_000 if quick else 50_000, kinds=kinds),
    }
    machine = machine_line()
    print(machine)
    print(
        f"{' '.join(['python -m bench', *(sys.argv[1:] if arguments is None else arguments)])}\n", flush=True
    )
    results: list[dict[str, Any]] = []
    for name in asked.what or measures:
        for result in measures[name]():
            results.append(result)
            show(result)
    FOLDER.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    report = {"machine": machine, "at": now.isoformat(timespec="seconds"), "commit": _commit()}
    path = FOLDER / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(
        json.dumps({**report, "load": os.getloadavg(), "results": results}, indent=1) + "\n", "utf-8"
    )
    print(f"Written to {path}.")


def show(result: dict[str, Any]) -> None:
    """Print one result: a table of its contenders, if it has some, then its figures."""
    print("## " + ", ".join(str(result[key]) for key in ("what", "database", "mebibytes") if key in result))
    figures = result.get("figures", [])
    if figures:
        print(f"{'':56} per CPU s  (lowest–highest)   p50 ms   p99 ms  longest")
    for one in figures:
        spread = "–".join(map(str, one["spread"]))
        times = f"{one['p50_ms']:8.1f} {one['p99_ms']:8.1f} {one['longest_ms']:8.1f}"
        print(f"{one['name']:56} {one['per_cpu_second']:9} {'(' + spread + ')':>17} {times}")
    for key, value in result.items():
        if key not in {"what", "database", "mebibytes", "figures"}:
            print(f"  {key.replace('_', ' ')}: {value}")
    print(flush=True)


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what", nargs="*", choices=("launch", "heartbeat", "page", "media", "roster", []), help="default: all"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only on this one")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender (default 7)")
    parser.add_argument(
        "--operations", type=int, default=500, help="launches a turn, half the beats (default 500)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a look in a minute or two; the figures are rough"
    )
    return parser


if __name__ == "__main__":
    main()
