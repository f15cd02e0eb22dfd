"""Our half of the services against Open edX's: keys, tokens, line items, scores."""

import json
import secrets
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import lti
from lti.grades import Delivered, LineItemGone, Score, ScoreOutcome, TooOld, deliver_score, score_body
from lti.keys import ToolKey, generate_key, signing_key
from lti.keysets import COOLDOWN, KeySets
from lti.lineitems import LineItem, NewLineItem, NoLineItem, create_line_item, find_line_item
from lti.outcomes import Refused, Retry
from lti.platform import Platform
from lti.services import LINE_ITEM, LINE_ITEM_READ, SCORE, AccessToken, PlatformServices
from tests.lti.sides import SharedKeySets, SharedTokens
from tests.platforms.conftest import Meeting
from tests.platforms.open_edx import PlacedLink
from tests.platforms.visitor import Visitor
from trainer.core.http import SafeHttpClient

AGENT = "BuddyTrainer/test"
BOTH = (SCORE, LINE_ITEM)
#: the present of the story that is told, see `its_own_present`
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def its_own_present(monkeypatch: pytest.MonkeyPatch) -> None:
    """What we sign is good for five minutes, and reading all tests may have been longer ago."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def tokens() -> SharedTokens:
    return SharedTokens()


@pytest.fixture(scope="module")
def our_keys(meeting: Meeting) -> list[ToolKey]:
    return meeting.tool_keys()


@pytest.fixture
def services(our_keys: list[ToolKey], tokens: SharedTokens) -> PlatformServices:
    return calling(tokens, lambda now: signing_key(our_keys, now))


@pytest.fixture
def platform(meeting: Meeting) -> Platform:
    return meeting.tool.platform


@pytest.fixture
def link(meeting: Meeting) -> PlacedLink:
    return meeting.place(mode="programmatic")


@pytest.fixture
def student(meeting: Meeting, link: PlacedLink) -> str:
    """Somebody who came through the link; their name for tools."""
    name = f"s{secrets.token_hex(4)}"
    Visitor().get(meeting.open_edx.opening(link, name))
    return f"ext-{name}"


@pytest.fixture
def send(services: PlatformServices, platform: Platform) -> Callable[..., ScoreOutcome]:
    """Sends a full score: `send(column, student, seconds=0)`, stamped that long after NOW."""

    def send(
        column: LineItem, student: str, *, seconds: float = 0.0, comment: str | None = None
    ) -> ScoreOutcome:
        score = Score(student, 1, 1, NOW + timedelta(seconds=seconds), comment)
        return deliver_score(services, platform, column.id, score_body(score), NOW)

    return send


@pytest.fixture
def column(services: PlatformServices, platform: Platform, link: PlacedLink) -> LineItem:
    made = make(services, platform, link)
    assert isinstance(made, LineItem), made
    return made


def calling(tokens: SharedTokens, key: Callable[[datetime], ToolKey]) -> PlatformServices:
    return PlatformServices(SafeHttpClient(allow_insecure=True), tokens, key, AGENT)


def make(
    services: PlatformServices, platform: Platform, link: PlacedLink, label: str = "Groeten bij naam"
) -> object:
    new = NewLineItem(label, 1, resource_link_id=link.location, resource_id="r-1")
    return create_line_item(services, platform, link.line_items, new, NOW, scope=BOTH)


def find(services: PlatformServices, platform: Platform, link: PlacedLink, scope: tuple[str, ...]) -> object:
    return find_line_item(
        services,
        platform,
        link.line_items,
        NOW,
        scope=scope,
        resource_link_id=link.location,
        resource_id="r-1",
    )


# --- keys and tokens -------------------------------------------------------------------------------------------------


def test_a_key_set_that_does_not_say_what_its_keys_are_for_is_read(platform: Platform) -> None:
    [published] = platform_keys(platform)
    assert {"alg", "use"}.isdisjoint(published)

    key = KeySets(SharedKeySets(), SafeHttpClient(allow_insecure=True), AGENT).key_for(
        platform, published["kid"], NOW
    )

    assert key.as_dict(private=False)["n"] == published["n"]


def test_new_keys_of_the_platform_are_fetched_when_they_are_met(meeting: Meeting) -> None:
    tool = meeting.open_edx.tool(meeting.service.base_url)
    tool.place(f"sleutels-{secrets.token_hex(4)}")
    keys = KeySets(SharedKeySets(), SafeHttpClient(allow_insecure=True), AGENT)
    [first] = platform_keys(tool.platform)
    keys.key_for(tool.platform, first["kid"], NOW)

    tool.rotate_platform_keys()
    [second] = platform_keys(tool.platform)

    assert first["kid"] != second["kid"]
    assert keys.key_for(tool.platform, second["kid"], NOW + COOLDOWN)
    with pytest.raises(lti.LtiError):
        keys.key_for(tool.platform, first["kid"], NOW + COOLDOWN)


def test_after_a_rotation_of_our_keys_the_old_one_and_the_new_one_are_good_at_once(
    meeting: Meeting, platform: Platform
) -> None:
    meeting.service.command("keys", "rotate")

    ours = meeting.tool_keys()
    for key in ours:
        token = calling(SharedTokens(), lambda _, key=key: key).token(platform, frozenset({SCORE}), NOW)
        assert isinstance(token, AccessToken), (key.kid, token)
    assert len(ours) > 1


def test_a_key_that_we_do_not_publish_is_refused_and_tried_again_later(platform: Platform) -> None:
    unknown = generate_key(NOW)

    outcome = calling(SharedTokens(), lambda _: unknown).token(platform, frozenset({SCORE}), NOW)

    assert isinstance(outcome, Retry)
    assert outcome.reason == "token_refused"


def test_a_scope_that_it_does_not_know_is_missing_in_the_answer(
    services: PlatformServices, platform: Platform
) -> None:
    outcome = services.token(platform, frozenset({"https://example.org/scope/unheard-of"}), NOW)

    assert outcome == Refused("scope_missing", detail="the platform granted less than was asked for")


# --- line items ------------------------------------------------------------------------------------------------------


def test_a_column_is_made_and_found_again(
    services: PlatformServices, platform: Platform, link: PlacedLink
) -> None:
    assert find(services, platform, link, BOTH) == NoLineItem()

    made = make(services, platform, link)

    assert isinstance(made, LineItem)
    assert (made.resource_link_id, made.resource_id, made.score_maximum) == (link.location, "r-1", 1)
    assert find(services, platform, link, BOTH) == made


def test_a_column_that_the_lms_made_is_found(
    meeting: Meeting, services: PlatformServices, platform: Platform
) -> None:
    link = meeting.place(mode="declarative")
    Visitor().begin_launch(meeting.open_edx.opening(link, "jef"))

    found = find(services, platform, link, (SCORE, LINE_ITEM_READ))

    assert isinstance(found, LineItem)
    assert found.resource_link_id == link.location


@pytest.mark.parametrize("length", [100, 101, 255, 1000])
def test_a_column_may_have_a_long_name(
    services: PlatformServices, platform: Platform, link: PlacedLink, length: int
) -> None:
    """Open edX takes a hundred characters."""
    made = make(services, platform, link, "Één lange titel " * 100 if length > 255 else "é" * length)

    assert isinstance(made, LineItem), made


# --- scores ----------------------------------------------------------------------------------------------------------


def test_a_score_reaches_the_gradebook(
    meeting: Meeting, link: PlacedLink, column: LineItem, student: str, send: Callable[..., ScoreOutcome]
) -> None:
    assert send(column, student, comment="Goed gedaan! <3\nTot ‘later’.") == Delivered(201)

    assert meeting.open_edx.grade(link, student.removeprefix("ext-")) == 1.0


def test_a_score_that_is_not_newer_is_too_old_and_one_a_second_later_is_taken(
    column: LineItem, student: str, send: Callable[..., ScoreOutcome]
) -> None:
    assert send(column, student) == Delivered(201)

    assert isinstance(send(column, student), TooOld)
    assert isinstance(send(column, student, seconds=-60), TooOld)
    assert send(column, student, seconds=1) == Delivered(201)


def test_a_score_for_somebody_it_does_not_know_is_kept_for_another_try(
    meeting: Meeting, link: PlacedLink, column: LineItem, send: Callable[..., ScoreOutcome]
) -> None:
    """It answers 500, which says nothing about who is to blame."""
    outcome = send(column, "ext-nobody")

    assert isinstance(outcome, Retry)
    assert (outcome.reason, outcome.outcome_unknown) == ("server_error", True)
    assert meeting.open_edx.scores(link) == []


def test_a_column_that_was_removed_is_gone(
    meeting: Meeting, link: PlacedLink, column: LineItem, student: str, send: Callable[..., ScoreOutcome]
) -> None:
    meeting.open_edx.remove_columns(link)

    assert isinstance(send(column, student), LineItemGone)


@pytest.mark.parametrize("fault", ["expired", "foreign", "nonsense"])
def test_a_token_that_is_refused_is_renewed_once(
    meeting: Meeting,
    platform: Platform,
    tokens: SharedTokens,
    link: PlacedLink,
    column: LineItem,
    student: str,
    send: Callable[..., ScoreOutcome],
    fault: str,
) -> None:
    bad = {
        "expired": lambda: meeting.open_edx.token(link, SCORE, life=-60),
        "foreign": lambda: foreign_token(meeting),
        "nonsense": lambda: "nonsense",
    }[fault]()
    scopes, an_hour = frozenset({SCORE}), timedelta(hours=1)
    tokens.save(platform, scopes, AccessToken(bad, scopes, NOW - an_hour, NOW + an_hour))

    assert send(column, student) == Delivered(201)

    renewed = tokens.load(platform, scopes)
    assert renewed is not None
    assert renewed.value != bad


def test_a_token_that_is_refused_while_it_is_new_is_not_asked_for_again_at_once(
    meeting: Meeting,
    platform: Platform,
    tokens: SharedTokens,
    link: PlacedLink,
    column: LineItem,
    student: str,
    send: Callable[..., ScoreOutcome],
) -> None:
    scopes = frozenset({SCORE})
    bad = meeting.open_edx.token(link, LINE_ITEM_READ)
    tokens.save(platform, scopes, AccessToken(bad, scopes, NOW, NOW + timedelta(hours=1)))

    outcome = send(column, student)

    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.status) == ("forbidden", 403)


def platform_keys(platform: Platform) -> list[dict[str, str]]:
    with urllib.request.urlopen(platform.jwks_uri, timeout=10) as answer:
        found: list[dict[str, str]] = json.load(answer)["keys"]
        return found


def foreign_token(meeting: Meeting) -> str:
    other = meeting.open_edx.tool(meeting.service.base_url)
    return meeting.open_edx.token(other.place(f"vreemd-{secrets.token_hex(4)}"), SCORE)
