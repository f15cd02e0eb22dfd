"""A small HTTP/1.1 client on one kept connection: the load comes from here, in a process whose CPU is not counted."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode, urlsplit


class Unexpected(Exception):
    """The server answered something else than the measurement needs; the measurement is void."""


@dataclass(slots=True)
class Answer:
    """A whole response."""

    status: int
    #: lower-case names; of a repeated header the last
    headers: dict[str, str]
    #: name → value of the cookies that were set
    cookies: dict[str, str]
    body: bytes

    def expect(self, status: int) -> Self:
        """This answer, if it has that status; else Unexpected."""
        if self.status != status:
            raise Unexpected(f"status {self.status} where {status} was expected: {self.body[:2000]!r}")
        return self


@dataclass(slots=True)
class Connection:
    """One kept connection to a server on the loopback."""

    origin: str
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def get(self, target: str, cookies: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """GET of a path with query."""
        return await self.request("GET", target, cookies=cookies, headers=headers)

    async def post_form(
        self, target: str, form: Mapping[str, str], cookies: Mapping[str, str] | None = None, **headers: str
    ) -> Answer:
        """POST of a form."""
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return await self.request("POST", target, urlencode(form).encode(), cookies=cookies, headers=headers)

    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        cookies: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, one whole answer; connects again when the server closed."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {urlsplit(self.origin).netloc}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in (headers or {}).items()]
        if cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        if self._streams is None:
            parts = urlsplit(self.origin)
            self._streams = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 22)
        reader, writer = self._streams
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return await self._answer(reader, method)

    async def _answer(self, reader: asyncio.StreamReader, method: str) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for line in head[1:-2]:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name == "set-cookie":
                pair = value.partition(";")[0]
                cookies[pair.partition("=")[0]] = pair.partition("=")[2]
            headers[name] = value
        status = int(head[0].split()[1])
        if method == "HEAD" or status in {204, 304}:
            body = b""
        elif "content-length" in headers:
            body = await reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = await _chunks(reader)
        else:
            raise Unexpected("neither a length nor chunks")
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, cookies, body)

    def close(self) -> None:
        """Give the connection back."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while size := int(await reader.readline(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)
