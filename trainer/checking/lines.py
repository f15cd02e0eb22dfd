"""What the connection check says, line by line: for the hub's page and for the command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from lti.checking import EACH, GRANTED, REFUSED, UNTRIED, ClockFound, KeySetFound, ScopeFound, TokenFound
from lti.platforms import quirks_of
from lti.roster import ROSTER
from lti.services import LINE_ITEM, LINE_ITEM_READ, SCORE
from trainer.checking.asks import RIGHTS, Asks
from trainer.checking.trying import Checked
from trainer.core.i18n import ZONE, format_date, format_moment, format_number, ngettext
from trainer.core.i18n import gettext as _
from trainer.courses import reasons, roster_reasons
from trainer.courses.connection_queries import FOR_SOMEBODY, OF_THE_PLATFORM, Standing, Trouble, WorkDone
from trainer.courses.delivery_queries import advice_for_staff
from trainer.courses.roster_reasons import ROSTER_REASONS
from trainer.institutions.connection_queries import ConnectedPlatform

#: Seconds from which a clock is worth a look: a Moodle does not allow its own clock to be behind ours by more
#: (lti.keys.ASSERTION_BACK).
_CLOCK_LOOK = 10.0
#: LTI 1.1 ends so soon that somebody had better begin
_SOON = timedelta(days=60)


class Mark(Enum):
    """How a part stands, the worst first."""

    BAD = "bad"
    LOOK = "look"
    UNKNOWN = "unknown"
    GOOD = "good"

    @property
    def label(self) -> str:
        """In a word or two."""
        match self:
            case Mark.BAD:
                return _("does not work")
            case Mark.LOOK:
                return _("look at this")
            case Mark.UNKNOWN:
                return _("not known yet")
            case Mark.GOOD:
                return _("in order")


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a connection. All texts are in the locale in force."""

    title: str
    mark: Mark
    #: what was found, in figures
    found: str
    #: what the LMS itself said, plain text
    says: str = ""
    #: whom to ask for what; "" where nobody need be asked
    ask: str = ""


def worst(lines: Iterable[Line]) -> Mark:
    """The mark of the whole."""
    marks = {line.mark for line in lines}
    return next((mark for mark in Mark if mark in marks), Mark.UNKNOWN)


def mark_of(platform: ConnectedPlatform, standing: Standing | None, today: date) -> Mark:
    """The mark in the list of all platforms, by what is stored alone."""
    has_ended = platform.ends_on is not None and platform.ends_on < today
    if has_ended or SCORE in platform.withheld_scopes or (standing is not None and standing.refused):
        return Mark.BAD
    ends_soon = platform.ends_on is not None and platform.ends_on < today + _SOON
    if (
        ends_soon
        or platform.withheld_scopes
        or (standing is not None and (standing.parked or standing.rosters))
    ):
        return Mark.LOOK
    return Mark.GOOD


def tried_lines(checked: Checked, base_url: str) -> list[Line]:
    """What the last try found; nothing where none was made."""
    found = checked.last.found
    if found is None:
        return []
    asks = Asks.of(checked, base_url)
    return [
        _key_set(found.key_set, checked.lms.jwks_uri, asks),
        _token(found.token, checked.lms.token_endpoint, asks),
        *_rights(found.token, asks, needs_reading=quirks_of(checked.lms).needs_read_scope),
        _clock(found.clock, asks),
    ]


def stored_lines(checked: Checked, base_url: str, now: datetime) -> list[Line]:
    """What is known of the connection's work, without asking the LMS."""
    asks, platform, work = Asks.of(checked, base_url), checked.platform, checked.work
    lines = []
    if not platform.active:
        lines.append(
            Line(
                _("In the hub"),
                Mark.LOOK,
                _("It waits for its activation here: nobody comes in.")
                if platform.pending
                else _("It is switched off here: nobody comes in, and scores wait."),
            )
        )
    if platform.ends_on is not None:
        lines.append(_last_day(platform.ends_on, now.astimezone(ZONE).date(), asks))
    lines += _withheld(checked, asks)
    lines.append(_last_launch(platform, now))
    lines += _scores(work, asks, now)
    if platform.version != "1.1":
        lines += _rosters(work, asks, now, checked.lms.token_endpoint)
    return lines


# --- what a try found ------------------------------------------------------------------------------------------------


def _key_set(found: KeySetFound, url: str, asks: Asks) -> Line:
    title = _("Key set of the LMS")
    match found.problem:
        case None:
            told = ngettext(
                "One usable key, in %(ms)s ms.", "%(n)s usable keys, in %(ms)s ms.", found.keys, ms=found.took
            )
            return Line(title, Mark.GOOD, told)
        case "status":
            told = _("%(url)s answered with status %(status)s.", url=url, status=found.status)
        case "no_key_set":
            told = _("%(url)s gave no key set but something else, a page perhaps.", url=url)
        case "no_usable_key":
            told = _(
                "%(url)s gave a key set without a key for us: RSA, at least 2048 bits, with a kid.", url=url
            )
        case problem:
            return Line(title, Mark.BAD, _not_reached(problem, url), ask=asks.reach(problem, url))
    says = found.detail if found.problem == "status" else ""
    return Line(title, Mark.BAD, told, says, asks.key_set_address(url))


def _token(found: TokenFound, url: str, asks: Asks) -> Line:
    title = _("Token for the services")
    match found.problem:
        case None:
            return Line(title, Mark.GOOD, _("Granted in %(ms)s ms.", ms=found.took))
        case "no_scope":
            told, ask = _("The LMS knows us, and grants none of the rights."), asks.rights(tuple(RIGHTS))
        case "token_refused":
            told, ask = (
                _("The LMS does not recognise us (status %(status)s).", status=found.status),
                asks.recognise(),
            )
        case "token_unreadable":
            told, ask = _("The answer of %(url)s holds no token.", url=url), asks.token_address(url)
        case "server_error":
            told = _("%(url)s answered with status %(status)s.", url=url, status=found.status)
            ask = asks.log(url, found.status)
        case "busy":
            return Line(title, Mark.LOOK, _("The LMS has no time for it now. Try again later."), found.detail)
        case problem:
            return Line(title, Mark.BAD, _not_reached(problem, url), ask=asks.reach(problem, url))
    return Line(title, Mark.BAD, told, found.detail, ask)


def _not_reached(problem: str, url: str) -> str:
    match problem:
        case "resolve":
            return _("The name in %(url)s cannot be found.", url=url)
        case "refused":
            return _("%(url)s takes no connections.", url=url)
        case "timeout":
            return _("%(url)s did not answer within %(n)s seconds.", url=url, n=round(EACH.total))
        case "certificate":
            return _("The certificate of %(url)s is not valid.", url=url)
        case "address":
            return _("%(url)s is not on the public internet, so nothing is sent there.", url=url)
    return _("%(url)s broke off, or its answer is not valid.", url=url)


def _rights(found: TokenFound, asks: Asks, *, needs_reading: bool) -> list[Line]:
    scopes = {one.scope: one for one in found.scopes}
    outcomes = {one.scope: one.outcome for one in found.scopes}
    return [
        _right(scopes[scope], found, outcomes, asks, needs_reading=needs_reading)
        for scope in RIGHTS
        if scope in scopes
    ]


def _right(
    one: ScopeFound, token: TokenFound, outcomes: dict[str, str], asks: Asks, *, needs_reading: bool
) -> Line:
    right = RIGHTS[one.scope]
    title = str(right.title)
    if one.outcome == GRANTED:
        is_told = token.says_scopes
        return Line(title, Mark.GOOD, _("Granted.") if is_told else _("Granted: the LMS names no exception."))
    if one.outcome != REFUSED:
        told = (
            _("Not known: no token was granted.") if token.problem else _("Not known: the LMS was too slow.")
        )
        return Line(title, Mark.UNKNOWN, told)
    makes, reads = outcomes.get(LINE_ITEM) == GRANTED, outcomes.get(LINE_ITEM_READ) == GRANTED
    if one.scope == LINE_ITEM_READ and makes and not needs_reading:
        return Line(title, Mark.GOOD, _("Refused, and not needed: who may make columns may read them."))
    mark = Mark.LOOK if one.scope == LINE_ITEM and reads else Mark.BAD
    told = _("Asked for, and refused.")
    return Line(title, mark, f"{told} {right.lost}", one.detail, asks.rights((one.scope,)))


def _clock(clock: ClockFound | None, asks: Asks) -> Line:
    title = _("Clock of the LMS")
    if clock is None:
        return Line(title, Mark.UNKNOWN, _("No answer told the time."))
    seconds, within = round(abs(clock.ahead)), format_number(clock.within)
    if abs(clock.ahead) <= clock.within + 1:
        return Line(title, Mark.GOOD, _("In step with ours, to within %(within)s s.", within=within))
    told = (
        _("%(n)s s ahead of ours, give or take %(within)s s.", n=seconds, within=within)
        if clock.ahead > 0
        else _("%(n)s s behind ours, give or take %(within)s s.", n=seconds, within=within)
    )
    if abs(clock.ahead) - clock.within <= _CLOCK_LOOK:
        return Line(title, Mark.GOOD, told)
    if not clock.is_too_far:
        more = _("More than a minute, and launches are refused.")
        return Line(title, Mark.LOOK, f"{told} {more}", ask=asks.clock(clock))
    more = _("Launches are refused from a minute on. Make sure first that our own clock is right.")
    return Line(title, Mark.BAD, f"{told} {more}", ask=asks.clock(clock))


# --- what is stored --------------------------------------------------------------------------------------------------


def _last_day(ends_on: date, today: date, asks: Asks) -> Line:
    title, day = _("LTI 1.1"), format_date(ends_on)
    if ends_on < today:
        told = _("It ended on %(day)s: launches are refused.", day=day)
        return Line(title, Mark.BAD, told, ask=asks.newer_lti())
    told = _("Launches are taken until %(day)s.", day=day)
    if ends_on < today + _SOON:
        return Line(title, Mark.LOOK, told, ask=asks.newer_lti())
    return Line(title, Mark.GOOD, told)


def _withheld(checked: Checked, asks: Asks) -> list[Line]:
    """Rights that the registration's answer left out, as long as no try says what became of them."""
    found = checked.last.found
    known = {one.scope for one in found.token.scopes if one.outcome != UNTRIED} if found else set()
    left_out = [scope for scope in RIGHTS if scope in checked.platform.withheld_scopes and scope not in known]
    if not left_out:
        return []
    rights = ", ".join(str(RIGHTS[scope].may) for scope in left_out)
    return [
        Line(
            _("Rights at the registration"),
            Mark.BAD if SCORE in left_out else Mark.LOOK,
            _("The LMS did not give the right %(rights)s.", rights=rights),
            ask=asks.rights(left_out),
        )
    ]


def _last_launch(platform: ConnectedPlatform, now: datetime) -> Line:
    title, mark = _("Last launch"), Mark.GOOD
    if platform.last_launch_at is None:
        mark, told = Mark.UNKNOWN, _("No module was opened yet. Place a module in a course and open it.")
    else:
        told = _("Somebody came %(moment)s.", moment=format_moment(platform.last_launch_at, now))
    if platform.waiting_deployments:
        mark = Mark.LOOK
        told += " " + ngettext(
            "One deployment is refused until you adopt it.",
            "%(n)s deployments are refused until you adopt them.",
            platform.waiting_deployments,
        )
    return Line(title, mark, told)


def _scores(work: WorkDone, asks: Asks, now: datetime) -> list[Line]:
    title = _("Last score accepted")
    if work.delivered_at is None:
        lines = [Line(title, Mark.UNKNOWN, _("None yet."))]
    else:
        told = _("The LMS took one %(moment)s.", moment=format_moment(work.delivered_at, now))
        lines = [Line(title, Mark.GOOD, told)]
    for trouble in work.waiting:
        told = ngettext("One waits for a next try.", "%(n)s wait for a next try.", trouble.count)
        told += " " + advice_for_staff(trouble.reason)
        lines.append(Line(_("Scores that wait"), Mark.LOOK, told, trouble.detail or ""))
    for trouble in work.parked:
        told = ngettext("One is set aside.", "%(n)s are set aside.", trouble.count)
        told += " " + advice_for_staff(trouble.reason)
        mark = Mark.BAD if trouble.reason in OF_THE_PLATFORM else Mark.LOOK
        ask = _score_ask(trouble, asks) if mark is Mark.BAD else ""
        lines.append(Line(_("Scores refused"), mark, told, trouble.detail or "", ask))
    return lines


def _score_ask(trouble: Trouble, asks: Asks) -> str:
    if trouble.reason in {reasons.NO_SCOPE, reasons.FORBIDDEN, "service_disabled"}:
        return asks.rights((SCORE,))
    if trouble.reason in {reasons.ADDRESS, "foreign_host"}:
        return asks.host()
    return asks.scores()


def _rosters(work: WorkDone, asks: Asks, now: datetime, token_endpoint: str) -> list[Line]:
    title = _("Last roster")
    if not work.courses:
        return [Line(title, Mark.UNKNOWN, _("No course told yet where its list of members is."))]
    if work.roster_at is None:
        lines = [Line(title, Mark.UNKNOWN, _("None was fetched yet."))]
    else:
        told = _("Fetched %(moment)s.", moment=format_moment(work.roster_at, now))
        lines = [Line(title, Mark.GOOD, told)]
    for trouble in work.rosters:
        told = _("%(n)s of %(all)s courses.", n=trouble.count, all=work.courses)
        known = ROSTER_REASONS.get(trouble.reason)
        told += f" {known.sentence}" if known else ""
        mark = Mark.BAD if trouble.reason in FOR_SOMEBODY else Mark.LOOK
        ask = _roster_ask(trouble, asks, token_endpoint) if mark is Mark.BAD else ""
        lines.append(Line(_("Rosters that do not come"), mark, told, ask=ask))
    return lines


def _roster_ask(trouble: Trouble, asks: Asks, token_endpoint: str) -> str:
    match trouble.reason:
        case roster_reasons.NO_SCOPE | roster_reasons.FORBIDDEN:
            return asks.rights((ROSTER,))
        case roster_reasons.KEYS:
            return asks.recognise()
        case roster_reasons.CERTIFICATE:
            return asks.reach("certificate", token_endpoint)
        case roster_reasons.ADDRESS:
            return asks.host()
    return asks.members()
