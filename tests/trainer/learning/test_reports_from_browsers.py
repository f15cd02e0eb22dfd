"""Whatever a browser sends is a typed value or a refusal, never a crash."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from trainer.learning import schemas
from trainer.learning.errors import BadReport

FILM = "a" * 64
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = [
    "film",
    "played",
    "position",
    "language",
    "shown",
    "attempt",
    "question",
    "chosen",
    "texts",
    "revision",
]


def test_a_heartbeat_as_the_player_sends_it() -> None:
    body = {"film": FILM, "played": [[12, 24], [30, 31]], "position": 24.3, "csrf_token": "…"}
    report = schemas.read_watching(body)
    assert (report.film, report.played, report.position) == (FILM, [(12, 24), (30, 31)], 24.3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"film": "x"},
        {"film": FILM + "\n"},
        {"played": "all"},
        {"played": [[1]]},
        {"played": [[2, 1]]},
        {"played": [[-1, 1]]},
        {"played": [[0.5, 1]]},
        {"played": [[False, True]]},
        {"played": [[0, 10**30]]},
        {"played": [[0, 1]] * 201},
        {"position": "1"},
        {"position": True},
        {"position": 10**400},
        {"position": float("nan")},
        {"position": float("inf")},
    ],
    ids=str,
)
def test_a_heartbeat_that_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadReport):
        schemas.read_watching({"film": FILM, "played": [[0, 1]], "position": 1, **wrong})


@given(body=JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)))
def test_anything_else_is_refused_calmly(body: Any) -> None:
    try:
        report = schemas.read_watching(body)
    except BadReport:
        pass
    else:
        json.dumps([report.film, report.played, report.position], allow_nan=False)
    for schema in (
        schemas.ReadingReportSchema(),
        schemas.FilmAnswerSchema(),
        schemas.AnswerSchema(),
        schemas.TextsSchema(),
    ):
        try:
            schema.load(body)
        except ValidationError as refusal:
            assert refusal.messages


def test_the_other_bodies() -> None:
    assert schemas.ReadingReportSchema().load({"language": "en", "shown": [[0, 4]]}).shown == [(0, 4)]
    assert schemas.FilmAnswerSchema().load({"question": "q", "chosen": ["a"]}).chosen == ["a"]
    assert schemas.AnswerSchema().load({"attempt": 2, "question": "q", "chosen": ["a"]}).attempt == 2
    texts = schemas.TextsSchema().load({"texts": {"worked": "…"}, "revision": 3})
    assert (texts.texts, texts.revision) == ({"worked": "…"}, 3)
    assert schemas.TextsSchema().load({"texts": {}}).revision is None
