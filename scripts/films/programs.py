"""The programs that make a film: found before the work begins, run one at a time."""

from __future__ import annotations

import os
import shutil
import subprocess

#: Program → the Debian package that has it.
PACKAGES = {"espeak-ng": "espeak-ng", "ffmpeg": "ffmpeg", "ffprobe": "ffmpeg", "chromium": "chromium"}
#: Other names under which a Chromium is installed.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class RenderingFailed(Exception):
    """Something is missing or went wrong; the message is one line for the person at the keyboard."""


def require_programs() -> None:
    """Raises RenderingFailed for the programs that are not installed, and says how to get them."""
    missing = [name for name in PACKAGES if find(name) is None]
    if missing:
        packages = " ".join(sorted({PACKAGES[name] for name in missing}))
        raise RenderingFailed(f"not installed: {', '.join(missing)} (Debian: apt-get install {packages})")


def find(name: str) -> str | None:
    """The path of a program, else None."""
    names = BROWSERS if name == "chromium" else (name,)
    return next((path for path in map(shutil.which, names) if path), None)


def run(name: str, *arguments: str, seconds: float = 600) -> str:
    """Runs a program to its end and returns what it wrote to its standard output.

    Raises RenderingFailed, with the last line it wrote, when it fails or takes longer than `seconds`.
    """
    path = find(name)
    if path is None:
        raise RenderingFailed(f"not installed: {name} (Debian: apt-get install {PACKAGES.get(name, name)})")
    try:
        done = subprocess.run(
            [path, *arguments], check=True, capture_output=True, text=True, errors="replace", timeout=seconds
        )
    except subprocess.CalledProcessError as failure:
        last = (failure.stderr or failure.stdout or "").strip().rsplit("\n", 1)[-1]
        raise RenderingFailed(f"{name} failed ({failure.returncode}): {last}") from failure
    except subprocess.TimeoutExpired as failure:
        raise RenderingFailed(f"{name} took longer than {seconds:.0f} s") from failure
    return done.stdout


def is_root() -> bool:
    """Chromium refuses its sandbox to root, as in a container."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
