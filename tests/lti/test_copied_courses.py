"""At the next academic year's course copy: what a link and a course are copies of (LTI Core 1.3, appendix B)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lti
from tests.lti.sides import CLAIM
from tests.lti.test_deep_linking_request import Receive


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("b,a", ("b", "a")),
        ("a", ("a",)),
        (" b , a ", ("b", "a")),
        ("b,,a,", ("b", "a")),
        ("a%2Cb,c%20d", ("a,b", "c d")),
        ("b,a,b", ("b", "a")),
        ("b,a,truncated", ("b", "a")),
        ("$ResourceLink.id.history", ()),
        ("$Context.id.history,a", ()),
        ('"$Context.id.history"', ()),
        ("$X", ()),
        ("", ()),
        (None, ()),
        (["a"], ()),
        (5, ()),
        ("a%00b,c", ("c",)),
        ("x" * 300 + ",c", ("c",)),
        ("%ff%fe,c", ("\ufffd\ufffd", "c")),
    ],
)
def test_the_latest_copy_comes_first(told: Any, read: tuple[str, ...]) -> None:
    assert lti.read_history(told) == read


def test_a_thousand_copies_are_read_and_no_more() -> None:
    ids = [f"c{number}" for number in range(5000)]
    assert lti.read_history(",".join(ids)) == tuple(ids[:1000])


@given(
    st.lists(
        st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    )
)
def test_whatever_a_platform_calls_its_courses(ids: list[str]) -> None:
    told = ",".join(quote(one, safe="") for one in ids)
    wanted = tuple(dict.fromkeys(ids))
    if ids and ids[-1] != "truncated":
        assert lti.read_history(told) == wanted


def test_a_launch_of_a_copy_says_what_it_is_a_copy_of(receive: Receive) -> None:
    custom = {
        "module": "warme-band",
        "link": "l-1",
        "link_history": "38,12",
        "course_history": "2025%2DA,2024",
    }
    message = receive({CLAIM + "custom": custom})
    assert isinstance(message, lti.ResourceLinkLaunch)
    assert message.custom[lti.LINK] == "l-1"
    assert (message.link_history, message.course_history) == (("38", "12"), ("2025-A", "2024"))


def test_moodle_knows_no_history_of_links(receive: Receive) -> None:
    message = receive({CLAIM + "custom": dict(lti.COPY_PARAMETERS) | {"course_history": ""}})
    assert (message.link_history, message.course_history) == ((), ())
    assert message.custom == {}


def test_a_long_history_is_not_cut_in_the_middle_of_an_id(receive: Receive) -> None:
    # Canvas's ids have 40 characters, so a hundred of them are more than other parameters may have
    ids = [f"{number:040d}" for number in range(400)]
    assert receive({CLAIM + "custom": {"course_history": ",".join(ids)}}).course_history == tuple(ids)
