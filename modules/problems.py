"""What is wrong with a module, told to its author: a file, a line, a code and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.

    `message` is an English sentence with %(name)s places and is the gettext msgid; `params` fill the places.
    `line` is counted from 1; 0 means the file as a whole. An error keeps a module from being published, a
    warning does not.
    """

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    file: str = ""
    line: int = 0
    level: Level = "error"

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return self.message % self.params

    @property
    def is_error(self) -> bool:
        return self.level == "error"

    def within(self, file: str) -> Problem:
        """The same problem, said of `file`."""
        return replace(self, file=file)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        kind = "" if self.is_error else "warning: "
        return f"{place + ': ' if place else ''}{kind}{self.sentence} [{self.code}]"


class DocumentError(ValueError):
    """A document, caption file or module folder that cannot be used; `problems` says why, by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(problems, key=lambda problem: (problem.file, problem.line))
        super().__init__("\n".join(map(str, self.problems)))
