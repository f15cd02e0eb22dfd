"""Whose courses are whose: one institution's, or by rules that are tried out on the courses seen so far."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from trainer.core.i18n import gettext as _
from trainer.core.i18n import lazy_gettext as _l
from trainer.core.logging import logger
from trainer.core.web.errors import Refusal
from trainer.core.web.numbers import whole_number
from trainer.core.web.service import service
from trainer.courses.belonging import assign_course, give_all_to, release_course, save_rules
from trainer.courses.belonging_queries import (
    PART,
    Show,
    TryOut,
    WaitingCourse,
    count_waiting_courses,
    custom_names,
    try_out,
    waiting_courses,
)
from trainer.desks.operator.door import the_operator
from trainer.desks.operator.views import not_here, number_in, operator_desk
from trainer.institutions.actions import find_or_make_institution, institution_name
from trainer.institutions.queries import institution_names
from trainer.institutions.rules import (
    CONTAINS,
    CUSTOM,
    IS,
    LABEL,
    MAX_RULES,
    ORG_UNIT,
    STARTS_WITH,
    TITLE,
    Rule,
    RuleProblem,
    check_rules,
    suggest_rule,
)
from trainer.institutions.sharing import Owner, hold_rules, owner_of, rules_of

_log = logger("operator")
_PUBLIC_ID = re.compile(r"[0-9a-f]{32}")
#: no list is longer
_MAX_PART = 100_000
#: what an operator chooses to leave a course to the rules again
_BY_RULES = "rules"
_FIELDS = {
    LABEL: _l("label of the course"),
    TITLE: _l("title of the course"),
    ORG_UNIT: _l("org unit"),
}
_COMPARISONS = {STARTS_WITH: _l("begins with"), IS: _l("is"), CONTAINS: _l("contains")}
_SHOW: dict[Show, Any] = {
    "changes": _l("What changes"),
    "waiting": _l("Without a match"),
    "by_hand": _l("Said by hand"),
    "all": _l("All"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why rules cannot be saved, or an institution not be made."""

    sentence: str
    #: "field", "value" or "institution" of a rule; "many" of all; "name" of the institution that was to be made
    about: str
    #: of the rule, from 0
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules as they are written, good or not."""

    rules: list[Rule]

    def mark(self, in_force: Sequence[Rule], owner: Owner) -> str:
        """What was tried out, and instead of which rules or whose institution: only that is saved."""
        now = [list(in_force), owner.is_shared, owner.institution_id]
        return hashlib.sha256(json.dumps([self.rules, *now]).encode()).hexdigest()[:32]


@operator_desk.get("/hub/deployments/<deployment>/courses")
def whose_courses(deployment: str) -> BaseResponse:
    """Whose the courses of a deployment are; where it is shared, its rules and what they do.

    A rule may come along in the address (`field`, `comparison`, `value`): it is written below the others.
    """
    with service().database.reading() as connection:
        owner = _owner(connection, deployment)
        rules = rules_of(connection, owner.id)
        hint = _hinted()
        return _page(
            connection, owner, Draft(rules), hint=hint, is_sharing=owner.is_shared or "rules" in request.args
        )


@operator_desk.post("/hub/deployments/<deployment>/courses")
def try_rules(deployment: str) -> BaseResponse:
    """Try rules out, or change their order; save them, if it is these that were tried out."""
    draft, deed = _drafted(), request.form.get("deed")
    if deed == "save" and _save(deployment, draft):
        return redirect(url_for("operator.whose_courses", deployment=number_in(deployment)), 303)
    problem = _make_institution() if deed == "institution" else None
    with service().database.reading() as connection:
        owner = _owner(connection, deployment)
        return _page(connection, owner, draft, problem=problem, is_untried=deed == "save")


def _save(deployment: str, draft: Draft) -> bool:
    """Save the rules; False, and nothing is saved, when others were tried out."""
    with service().database.writing() as connection:
        hold_rules(connection, number_in(deployment))
        owner = _owner(connection, deployment)
        try:
            check_rules(draft.rules, institution_names(connection))
        except RuleProblem:
            return False
        if request.form.get("tried") != draft.mark(rules_of(connection, owner.id), owner):
            return False
        changed = save_rules(connection, owner.id, draft.rules, service().clock())
    _log.info(
        "rules saved",
        deployment=owner.id,
        rules=len(draft.rules),
        changed=changed,
        account=the_operator().account_id,
    )
    return True


@operator_desk.post("/hub/deployments/<deployment>/institution")
def give_deployment(deployment: str) -> BaseResponse:
    """All courses of a deployment are of one institution."""
    with service().database.writing() as connection:
        owner = _owner(connection, deployment)
        give_all_to(connection, owner.id, _institution(connection))
    _log.info("deployment given", deployment=owner.id, account=the_operator().account_id)
    return redirect(url_for("operator.whose_courses", deployment=owner.id), 303)


@operator_desk.get("/hub/courses/waiting")
def courses_that_wait() -> str:
    """The courses that no rule fits, each with the rule that would catch it."""
    with service().database.reading() as connection:
        count = count_waiting_courses(connection)
        parts = max(1, -(-count // PART))
        part = min(_part(request.args.get("part", "")), parts)
        courses = waiting_courses(connection, part)
        names = institution_names(connection)
    return render_template(
        "operator/waiting_courses.html",
        courses=[(one, _hint_for(one)) for one in courses],
        count=count,
        part=part,
        parts=parts,
        institutions=names,
        operator=the_operator(),
    )


@operator_desk.post("/hub/courses/<course>/institution")
def assign(course: str) -> BaseResponse:
    """Say whose one course is, or leave it to the rules again."""
    if not _PUBLIC_ID.fullmatch(course):
        raise not_here()
    with service().database.writing() as connection:
        if request.form.get("institution") == _BY_RULES:
            is_done = release_course(connection, course)
        else:
            is_done = assign_course(connection, course, _institution(connection))
    if not is_done:
        raise not_here()
    _log.info("course assigned", course=course, account=the_operator().account_id)
    back = request.form.get("deployment", "")
    if back:
        return redirect(url_for("operator.whose_courses", deployment=number_in(back)), 303)
    return redirect(url_for("operator.courses_that_wait", part=_part(request.form.get("part", ""))), 303)


def _page(
    connection: Connection,
    owner: Owner,
    draft: Draft,
    *,
    problem: Problem | None = None,
    hint: tuple[str, str, str] | None = None,
    is_sharing: bool = True,
    is_untried: bool = False,
) -> BaseResponse:
    """The page with these rules, and what they would do if they can be saved."""
    names = institution_names(connection)
    in_force = rules_of(connection, owner.id)
    tried: TryOut | None = None
    if problem is None:
        try:
            check_rules(draft.rules, names)
            show, part = _asked_list()
            tried = try_out(connection, owner.id, draft.rules, show=show, part=part)
        except RuleProblem as found:
            problem = _said_of(found)
    known = {rule.field for rule in draft.rules if rule.field.startswith(CUSTOM)}
    if hint is not None and hint[0].startswith(CUSTOM):
        known.add(hint[0])
    known |= {CUSTOM + name for name in custom_names(connection, owner.id)}
    is_new = draft.rules != in_force or not owner.is_shared
    html = render_template(
        "operator/whose_courses.html",
        owner=owner,
        rules=draft.rules,
        hint=hint,
        has_room=len(draft.rules) < MAX_RULES,
        problem=problem,
        is_sharing=is_sharing,
        is_untried=is_untried,
        is_new=is_new,
        is_tried=request.method == "POST" and tried is not None,
        tried=tried,
        mark=draft.mark(in_force, owner),
        fields=_FIELDS,
        custom={field: field.removeprefix(CUSTOM) for field in sorted(known)},
        comparisons=_COMPARISONS,
        shows=_SHOW,
        institutions=names,
        operator=the_operator(),
    )
    return make_response(html, 422 if problem else 200)


def _drafted() -> Draft:
    """The rules of the form, in the order and without what a button says."""
    columns = [request.form.getlist(name) for name in ("field", "comparison", "value", "institution")]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > 2 * MAX_RULES:
        raise Refusal(
            "course_rules",
            400,
            message=_l("The rules did not arrive whole."),
            detail=f"columns of {[len(column) for column in columns]}",
        )
    rules = [
        Rule(field, comparison, value.strip(), whole_number(institution) or 0)
        for field, comparison, value, institution in zip(*columns, strict=True)
        if value.strip() or institution
    ]
    earlier = whole_number(request.form.get("earlier", ""))
    if earlier is not None and 0 < earlier < len(rules):
        rules[earlier - 1], rules[earlier] = rules[earlier], rules[earlier - 1]
    without = whole_number(request.form.get("without", ""))
    if without is not None and without < len(rules):
        del rules[without]
    return Draft(rules)


def _part(text: str) -> int:
    return min(max(1, whole_number(text) or 1), _MAX_PART)


def _asked_list() -> tuple[Show | None, int]:
    """Which list of courses, and which part of it: a button says `changes:2`."""
    name, _colon, part = request.form.get("list", "").partition(":")
    return next((one for one in _SHOW if one == name), None), _part(part)


def _hinted() -> tuple[str, str, str] | None:
    """The rule that came along in the address."""
    field, comparison, value = (request.args.get(name, "") for name in ("field", "comparison", "value"))
    try:
        check_rules([Rule(field, comparison, value, 0)], {0})
    except RuleProblem:
        return None
    return field, comparison, value


def _hint_for(course: WaitingCourse) -> dict[str, str] | None:
    """The rule that would catch a course: in words, and where it is tried."""
    found = suggest_rule(course.traits)
    if found is None:
        return None
    field, comparison, value = found
    return {
        "words": _(
            "%(field)s %(comparison)s “%(value)s”",
            field=_FIELDS[field] if field in _FIELDS else field.removeprefix(CUSTOM),
            comparison=_COMPARISONS[comparison],
            value=value,
        ),
        "url": url_for(
            "operator.whose_courses",
            deployment=course.deployment_row,
            field=field,
            comparison=comparison,
            value=value,
        ),
    }


def _make_institution() -> Problem | None:
    """Make the institution that the form names; a problem when that is no name."""
    name = institution_name(request.form.get("name", ""))
    if name is None:
        return Problem(_("Write the institution's name, in at most 200 characters."), "name")
    with service().database.writing() as connection:
        find_or_make_institution(connection, name, service().clock())
    return None


def _said_of(problem: RuleProblem) -> Problem:
    """The same in words."""
    if problem.code == "many":
        return Problem(_("That is more than %(n)s rules. Take some away.", n=MAX_RULES), problem.code)
    sentences = {
        "value": _("Rule %(number)s has no value, or one of more than 200 characters."),
        "institution": _("Rule %(number)s has no institution."),
        "field": _("Rule %(number)s looks at something that courses do not have."),
    }
    sentence = sentences[problem.code] % {"number": problem.number + 1}
    return Problem(sentence, problem.code, problem.number)


def _institution(connection: Connection) -> int:
    named = whole_number(request.form.get("institution", ""))
    if named is None or named not in institution_names(connection):
        raise Refusal(
            "institution_unknown",
            422,
            message=_l("No institution was chosen."),
            advice=_l("Go back and choose one from the list."),
        )
    return named


def _owner(connection: Connection, deployment: str) -> Owner:
    owner = owner_of(connection, number_in(deployment))
    if owner is None:
        raise not_here()
    return owner
