"""What processes cost: CPU time and memory from /proc, and a line that says which machine this is."""

import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME, _CUTIME, _CSTIME = 11, 12, 13, 14  # proc(5), counted from the field after the name
_PPID = 1


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU seconds, user and system, that these processes and all their descendants used until now.

    Descendants that have ended count too, once their parent has waited for them.  Steps of 10 ms.
    """
    ticks = 0
    for pid in tree(roots):
        fields = _stat(pid)
        if fields:
            ticks += sum(int(fields[index]) for index in (_UTIME, _STIME, _CUTIME, _CSTIME))
    return ticks / _TICKS


def tree(roots: Iterable[int]) -> set[int]:
    """These processes and all their living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[_PPID]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, ()))
    return found


def resident_bytes(pid: int) -> int:
    """RSS of one process, in bytes."""
    pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None  # it ended meanwhile
    return text[text.rindex(")") + 2 :].split()


def machine_line() -> str:
    """Processor, cores, memory, system and Python in one line."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        if line.startswith("model name")
    ]
    memory = int(Path("/proc/meminfo").read_text("ascii").split()[1]) / 1024**2
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}"
    )
