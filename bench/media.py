"""Films: how soon the first byte of a range comes, at the beginning and at the end of a file."""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench.connection import Connection
from bench.lms import MODULE
from bench.machine import cpu_seconds
from bench.servers import stage, web_process
from trainer.catalogue.models import Edition, EditionMedia, Media, Module
from trainer.core.database import Database
from trainer.core.media import MediaStore

MEBIBYTE = 1024 * 1024
SIZES = (16, 512)
_RANGE = 256 * 1024


def measure(*, rounds: int) -> list[dict[str, Any]]:
    """One dictionary a size."""
    with stage() as here:
        url = here.database("sqlite", "trainer")
        trainer = here.service(url, "trainer")
        films = {
            size: _film(url, Path(trainer.environment["TRAINER_MEDIA_ROOT"]), here.folder, size)
            for size in SIZES
        }
        return asyncio.run(_ask(here.lms, trainer.base_url, films, rounds, [web_process(trainer)]))


def _film(url: str, media_root: Path, folder: Path, mebibytes: int) -> str:
    """Make a file of that size, put it into the store and let an edition show it; its hash."""
    source = folder / f"{mebibytes}.mp4"
    with Path("/dev/urandom").open("rb") as noise, source.open("wb") as file:
        for _ in range(mebibytes):
            file.write(noise.read(MEBIBYTE))
    sha256 = MediaStore(media_root).put(source)
    source.unlink()
    now = datetime.now(UTC)
    row = {"sha256": sha256, "mime": "video/mp4", "bytes": mebibytes * MEBIBYTE, "added_at": now}
    database = Database(url)
    with database.writing() as connection:
        edition = connection.execute(select(Edition.id).join(Module).where(Module.key == MODULE)).scalar_one()
        connection.execute(insert(Media), row)
        shown = {"edition_id": edition, "path": f"{mebibytes}.mp4", "media_sha256": sha256}
        connection.execute(insert(EditionMedia), shown)
    database.dispose()
    return sha256


async def _ask(
    lms: Any, origin: str, films: dict[int, str], rounds: int, processes: list[int]
) -> list[dict[str, Any]]:
    connection = Connection(origin)
    _, cookies = await lms.launch(connection)
    found = []
    for size, sha256 in films.items():
        times: dict[str, list[float]] = {"beginning": [], "end": []}
        last = size * MEBIBYTE
        cpu = cpu_seconds(processes)
        for _ in range(rounds):
            for where, start in (("beginning", 0), ("end", last - _RANGE)):
                wanted = f"bytes={start}-{start + _RANGE - 1}"
                started = time.perf_counter()
                answer = await connection.get(f"/media/{sha256}/{size}.mp4", cookies, Range=wanted)
                times[where].append((time.perf_counter() - started) * 1000)
                answer.expect(206)
        megabytes = 2 * rounds * _RANGE / 1e6
        found.append(
            {
                "what": "range of a film",
                "mebibytes": size,
                "beginning_ms": round(statistics.median(times["beginning"]), 2),
                "end_ms": round(statistics.median(times["end"]), 2),
                "longest_ms": round(max(max(one) for one in times.values()), 1),
                "cpu_seconds_per_gb": round((cpu_seconds(processes) - cpu) / megabytes * 1000, 2),
            }
        )
    connection.close()
    return found
