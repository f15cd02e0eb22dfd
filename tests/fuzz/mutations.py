"""Seeded mutations of texts, bytes and JSON: structure, types and single bytes; the same seed gives the same cases."""

import copy
import json
import random
from collections.abc import MutableMapping
from typing import Any

#: what has broken services before
BAD_TEXTS = (
    "", " ", "\0", "a\0b", "\r\nX: y", "\t", "\x1b[2J", "\x7f", "\u2028", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "é" * 300,
    "x" * 256, "x" * 2049, "../../etc/passwd", "%00", "%2e%2e%2f", "'", "\"'><script>", "{{7*7}}", "%(n)s", "%s%n", "$User.id", "null", "true",
    "-1", "0", "1e999", "9" * 400, "NaN", "[", "{", "//x", "https://a@b/", "https://[::1", "http://127.0.0.1:99999/", "javascript:1", "1.3.0",
    "Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", "moodle", "groeten", "nl-BE", "\u0661",
)  # fmt: skip
BAD_NUMBERS = (
    0,
    -1,
    1,
    2,
    2**31,
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    10**40,
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    True,
    False,
)
BAD_BYTES = (
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\r\n\r\n",
    b"&",
    b"=",
    b";",
    b"%",
    b"%00",
    b"%u0041",
    b"+",
    b"\xf0\x9f",
)


class Mutator:
    """Draws mutations from one seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def value(self, depth: int = 2) -> Any:
        """Any JSON value."""
        kind = self.draw.randrange(8 if depth else 5)
        if kind <= 1:
            return self.draw.choice(BAD_TEXTS)
        if kind == 2:
            return self.draw.choice(BAD_NUMBERS)
        if kind == 3:
            return None
        if kind == 4:
            return self.text()
        size = self.draw.choice((0, 1, 2, 5, 40))
        if kind == 5:
            return [self.value(depth - 1) for _ in range(size)]
        if kind == 6:
            return {str(self.draw.choice(BAD_TEXTS)) + str(n): self.value(depth - 1) for n in range(size)}
        nested: Any = []
        for _ in range(self.draw.choice((3, 50, 900))):
            nested = [nested] if self.draw.random() < 0.5 else {"a": nested}
        return nested

    def text(self) -> str:
        """A few characters from anywhere."""
        return "".join(
            chr(self.draw.choice((self.draw.randrange(128), self.draw.randrange(0x110000))))
            for _ in range(self.draw.randrange(12))
        )

    def structure(self, found: Any) -> Any:
        """A copy of a JSON value with some of its parts replaced, dropped, doubled, or of another type."""
        changed = copy.deepcopy(found)
        for _ in range(self.draw.choice((1, 1, 2, 4))):
            changed = self._one(changed)
        return changed

    def _one(self, found: Any) -> Any:
        holder, key = self._place(found)
        if holder is None:
            return self.value()
        deed = self.draw.randrange(6)
        old = holder[key]
        if deed == 0:
            del holder[key]
        elif deed == 1 and isinstance(holder, MutableMapping):
            holder[self.draw.choice(BAD_TEXTS)] = self.value()
        elif deed == 2:
            holder[key] = [old]
        elif deed == 3 and isinstance(old, str):
            holder[key] = self.altered(old)
        else:
            holder[key] = self.value()
        return found

    def _place(self, found: Any) -> tuple[Any, Any]:
        """Somewhere inside: the thing that holds, and the key or number of what is held."""
        holder, key = None, None
        while isinstance(found, dict | list) and found and (holder is None or self.draw.random() < 0.6):
            holder = found
            key = (
                self.draw.choice(list(found)) if isinstance(found, dict) else self.draw.randrange(len(found))
            )
            found = found[key]
        return holder, key

    def altered(self, text: str) -> str:
        """The text with something cut out, put in, doubled or swapped."""
        start = self.draw.randrange(len(text) + 1)
        length = self.draw.choice((0, 0, 1, 1, 4, 60))
        put = self.draw.choice((self.draw.choice(BAD_TEXTS), self.text(), text[:20], "."))
        return text[:start] + put + text[start + length :]

    def bytes(self, found: bytes) -> bytes:
        """The bytes with some of them changed."""
        for _ in range(self.draw.choice((1, 1, 2, 8))):
            start = self.draw.randrange(len(found) + 1)
            length = self.draw.choice((0, 0, 1, 1, 16))
            put = self.draw.choice(
                (self.draw.choice(BAD_BYTES), bytes([self.draw.randrange(256)]), found[:8], b"")
            )
            found = found[:start] + put + found[start + length :]
        return found

    def json(self, found: Any) -> bytes:
        """A JSON document, mutated by structure or by bytes, sometimes in another encoding."""
        if self.draw.random() < 0.7:
            found = self.structure(found)
        text = json.dumps(found, ensure_ascii=self.draw.random() < 0.8)
        body = text.encode(
            self.draw.choice(("utf-8",) * 12 + ("utf-16", "utf-32", "utf-8-sig")), "surrogatepass"
        )
        return self.bytes(body) if self.draw.random() < 0.4 else body
