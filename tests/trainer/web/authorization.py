"""Who may do what: one row for each address, one column for each kind of caller, the status that comes back.

The objects in the addresses are those of `owner`: the own enrolment, a link without a module in the owner's course, that course, the film;
the request to place modules, and what was opened from the gradebook, is the lecturer's.
What is somebody else's answers 404, exactly as what does not exist.  docs/authorization.md shows this table to people.
"""

from typing import Any

#: name → who it is. "Other" people are learners where nothing else is said.
CALLERS = {
    "nobody": "no session",
    "owner": "the learner whose enrolment it is",
    "classmate": "another learner of the same course",
    "other course": "a learner of another course in the same LMS",
    "other deployment": "a learner of another deployment of the same LMS",
    "other platform": "a learner of another LMS with the very same `sub`",
    "lecturer": "a lecturer of the owner's course",
    "other lecturer": "a lecturer of another course",
    "ended session": "the owner, in a browser whose session was ended",
    "disabled": "a learner who was disabled",
}

MINE = (401, 200, 404, 404, 404, 404, 404, 404, 401, 401)
#: a form that leads to another page
MINE_ON = (401, 303, 404, 404, 404, 404, 404, 404, 401, 401)
#: what the lecturer brought along: nobody else's, not even another lecturer's
PLACING = (401, 404, 404, 404, 404, 404, 200, 404, 401, 401)
PLACING_ON = (401, 404, 404, 404, 404, 404, 303, 404, 401, 401)
MEMBERS = (401, 200, 200, 200, 200, 200, 200, 200, 401, 401)
MEMBERS_ON = (401, 303, 303, 303, 303, 303, 303, 303, 401, 401)
LECTURERS = (401, 403, 403, 403, 403, 403, 200, 200, 401, 401)
MY_COURSE = (401, 403, 403, 403, 403, 403, 200, 404, 401, 401)
MY_COURSE_ON = (401, 403, 403, 403, 403, 403, 303, 404, 401, 401)


def everyone(status: int) -> tuple[int, ...]:
    """The same for all."""
    return (status,) * len(CALLERS)


#: (method, rule, which of several) → status for each caller, in the order of CALLERS
TABLE: dict[tuple[str, str, str], tuple[int, ...]] = {
    # the LMS knocks: who comes is proven by state and token, not by a session
    ("GET", "/lti/login", ""): everyone(302),
    ("POST", "/lti/login", ""): everyone(302),
    ("POST", "/lti/launch", "without a token"): everyone(400),
    ("POST", "/lti/launch/<path:key>", "without a token"): everyone(400),
    ("POST", "/lti/launch/confirm", ""): everyone(403),
    ("POST", "/lti/deep-linking", "without a token"): everyone(400),
    ("GET", "/lti/jwks", ""): everyone(200),
    # an administrator connects an LMS: who comes is proven by the invitation
    ("GET", "/lti/register", "without an invitation"): everyone(403),
    ("POST", "/lti/register", "without a page of ours"): everyone(403),
    ("POST", "/lti/1.1/launch", "without a signature"): everyone(400),
    ("POST", "/lti/1.1/launch/<path:key>", "without a signature"): everyone(400),
    ("POST", "/lti/1.1/continue", "without a launch"): (401, *everyone(400)[1:]),
    ("POST", "/lti/successor", "without a launch"): everyone(401),
    ("POST", "/lti/notices", "without a notice"): everyone(400),
    # the learner
    ("GET", "/m/<enrolment>/", ""): MINE,
    ("GET", "/m/<enrolment>/status", ""): MINE,
    ("POST", "/m/<enrolment>/switch", ""): MINE_ON,
    ("GET", "/m/<enrolment>/<step>/", "film"): MINE,
    ("GET", "/m/<enrolment>/<step>/", "lezen"): MINE,
    ("GET", "/m/<enrolment>/<step>/", "check"): MINE,
    ("GET", "/m/<enrolment>/<step>/", "vertaalslag"): MINE,
    ("GET", "/m/<enrolment>/<step>/text", "film"): MINE,
    ("POST", "/m/<enrolment>/progress", ""): MINE,
    ("POST", "/m/<enrolment>/<step>/reading", "film"): MINE,
    ("POST", "/m/<enrolment>/<step>/film-answer", "film"): MINE,
    ("POST", "/m/<enrolment>/<step>/finished", "lezen"): MINE_ON,
    ("POST", "/m/<enrolment>/<step>/attempt", "check"): MINE,
    ("POST", "/m/<enrolment>/<step>/answer", "check"): MINE,
    ("POST", "/m/<enrolment>/<step>/draft", "vertaalslag"): MINE,
    ("POST", "/m/<enrolment>/<step>/hand-in", "vertaalslag"): MINE,
    ("GET", "/m/<enrolment>/<step>/film-address", "film"): MINE,
    # everybody's own: what comes back is about who asks
    ("GET", "/your-data/", ""): MEMBERS,
    ("GET", "/your-data/download", ""): MEMBERS,
    # films are the same for all who take part
    ("GET", "/media/<sha256>/<name>", ""): MEMBERS,
    # the lecturer
    ("GET", "/teach/", ""): LECTURERS,
    ("GET", "/teach/courses/<course>/", ""): MY_COURSE,
    ("GET", "/teach/courses/<course>/learners/<learner>/<module>", ""): MY_COURSE,
    ("GET", "/teach/reviews/<review>", ""): PLACING,
    ("GET", "/teach/links/<link>/module", ""): MY_COURSE,
    ("POST", "/teach/links/<link>/module", ""): MY_COURSE_ON,
    # the lecturer's request to place modules; answered once, so that comes last
    ("GET", "/place/<request_id>", ""): PLACING,
    ("POST", "/place/<request_id>/preview", ""): PLACING_ON,
    ("POST", "/place/<request_id>", ""): PLACING,
    # the operator; what an operator gets is told in tests/trainer/desks/operator
    ("POST", "/hub/sign-in", ""): everyone(401),
    ("POST", "/hub/sign-out", ""): everyone(401),
    ("POST", "/hub/language", ""): everyone(401),
    ("GET", "/hub/", ""): everyone(303),
    ("GET", "/hub/platforms/<number>", ""): everyone(303),
    ("GET", "/hub/platforms/<number>/check", ""): everyone(303),
    ("POST", "/hub/platforms/<number>/check", ""): everyone(401),
    ("POST", "/hub/platforms/<number>/activate", ""): everyone(401),
    ("POST", "/hub/platforms/<number>/switch", ""): everyone(401),
    ("POST", "/hub/platforms/<number>/adopt", ""): everyone(401),
    ("POST", "/hub/platforms/<number>/forget", ""): everyone(401),
    ("POST", "/hub/platforms/<number>/deployment", ""): everyone(401),
    ("POST", "/hub/platforms/<number>/last-day", ""): everyone(401),
    ("POST", "/hub/invitations", ""): everyone(401),
    ("GET", "/hub/invitations/<number>", ""): everyone(303),
    ("POST", "/hub/invitations/<number>/withdraw", ""): everyone(401),
    ("POST", "/hub/guides/<lms>/connect", ""): everyone(401),
    ("GET", "/hub/links", ""): everyone(303),
    ("GET", "/hub/links.imscc", ""): everyone(303),
    ("GET", "/hub/deployments/<deployment>/courses", ""): everyone(303),
    ("POST", "/hub/deployments/<deployment>/courses", ""): everyone(401),
    ("POST", "/hub/deployments/<deployment>/institution", ""): everyone(401),
    ("GET", "/hub/courses/waiting", ""): everyone(303),
    ("POST", "/hub/courses/<course>/institution", ""): everyone(401),
    ("GET", "/hub/guides/<lms>", ""): everyone(303),
    ("GET", "/hub/guides/canvas.json", ""): everyone(303),
    # last: it gives the browser a token of nobody's, with which the forms above would answer 403
    ("GET", "/hub/sign-in", ""): everyone(200),
    # scripts and watchers; /metrics is asked from this machine, which is what it allows where no token is set
    ("GET", "/api/v1/me", ""): MEMBERS,
    ("GET", "/healthz", ""): everyone(200),
    ("GET", "/metrics", ""): everyone(200),
    # around it; an empty page, under a policy that only we can have written
    ("GET", "/frame", "without a signature"): everyone(403),
    ("POST", "/language", ""): MEMBERS_ON,
    ("GET", "/static/<version>/<path:filename>", ""): everyone(200),
    ("GET", "/", ""): everyone(404),
}

_TEXTS = dict.fromkeys(
    ("worked", "different", "action", "notice"), "een twee drie vier vijf zes zeven acht negen tien elf"
)


def body_of(rule: str, film: str) -> dict[str, Any]:
    """What a caller sends to a rule: `{"json": …}` or `{"form": …}`, good enough to be taken."""
    bodies: dict[str, dict[str, Any]] = {
        "/m/<enrolment>/progress": {"json": {"film": film, "played": [[0, 1]], "position": 1}},
        "/m/<enrolment>/<step>/reading": {"json": {"language": "nl", "shown": [[0, 1]]}},
        "/m/<enrolment>/<step>/film-answer": {"json": {"question": "even-denken", "chosen": ["naam"]}},
        "/m/<enrolment>/<step>/attempt": {"json": {}},
        "/m/<enrolment>/<step>/answer": {"json": {"attempt": 1, "question": "v1", "chosen": ["a"]}},
        "/m/<enrolment>/<step>/draft": {"json": {"texts": {"worked": "een"}, "revision": None}},
        "/m/<enrolment>/<step>/hand-in": {"json": {"texts": _TEXTS, "revision": None}},
        "/teach/links/<link>/module": {"form": {"module": "groeten"}},
        "/place/<request_id>": {"form": {"module": "groeten", "column": "groeten"}},
        "/place/<request_id>/preview": {"form": {"module": "groeten"}},
        "/language": {"form": {"locale": "en", "next": "/"}},
    }
    return bodies.get(rule, {"form": {}})


def as_markdown() -> str:
    """The table as it stands in docs/authorization.md."""
    head = f"| method | address | {' | '.join(CALLERS)} |\n|{' --- |' * (len(CALLERS) + 2)}\n"
    lines = [
        f"| {method} | `{rule}`{f' ({which})' if which else ''} | {' | '.join(map(str, cells))} |\n"
        for (method, rule, which), cells in TABLE.items()
    ]
    return head + "".join(lines)
