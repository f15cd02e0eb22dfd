"""What every page of a module has around it: title, steps on top, the way on."""

from dataclasses import dataclass

from flask import url_for

import modules.model as content
from trainer.core.i18n import format_position, locale
from trainer.core.i18n import gettext as _
from trainer.desks.buddy.words import STEP_NAMES, Act, deed_label, kind_name, minutes, step_detail, way_to
from trainer.learning.states import ModulePage, StepState


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step in the row on top."""

    number: int
    kind: str
    label: str
    detail: str
    #: "todo", "current" or "done"
    status: str
    url: str
    #: this page is about it; on the module page: it is the one to do now
    is_here: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page; ``here`` is the key of its step, none on the module page."""

    module: content.Module
    page_title: str
    eyebrow: str
    home: str
    here: str | None
    steps: tuple[StepLine, ...]
    #: the one filled button of the module page
    next: Act | None
    #: where a step leads when it is done
    onward: Act


def frame_of(page: ModulePage, here: str | None = None) -> Frame:
    """The frame around the page of step ``here``, or of the module itself."""
    module, enrolment = page.module, page.enrolment.public_id
    state = page.step(here) if here else None
    title = module.title(locale())
    return Frame(
        module=module,
        page_title=f"{STEP_NAMES[state.kind]} · {title}" if state else title,
        eyebrow=" · ".join(
            (_("Module %(n)s", n=module.number), kind_name(module), minutes(module.minutes.total))
        ),
        home=url_for("buddy.module_page", enrolment=enrolment),
        here=here,
        steps=tuple(_line(one, enrolment, here) for one in page.steps),
        next=next_act(page),
        onward=_onward(page, here),
    )


def next_act(page: ModulePage) -> Act | None:
    """The one clear next action; none when everything that is asked is done."""
    deed = page.next_deed
    if deed is None:
        return None
    url = step_url(page.enrolment.public_id, deed.step)
    return Act(deed_label(deed), f"{url}#t={deed.at}" if deed.at else url)


def step_url(enrolment: str, step: str) -> str:
    """Address of a step's page."""
    return url_for("buddy.step_page", enrolment=enrolment, step=step)


def gap_label(start: int, end: int) -> str:
    """``0:42 – 0:55``."""
    return f"{format_position(start)} – {format_position(end)}"


def _line(state: StepState, enrolment: str, here: str | None) -> StepLine:
    return StepLine(
        number=state.number,
        kind=state.kind,
        label=str(STEP_NAMES[state.kind]),
        detail=step_detail(state),
        status=state.status,
        url=step_url(enrolment, state.key),
        is_here=state.key == here if here else state.status == "current",
    )


def _onward(page: ModulePage, here: str | None) -> Act:
    """To the first other step that misses something, the ones after this step first; else back to the module."""
    reached = page.step(here) if here else None
    others = [state for state in page.open_steps if state.key != here]
    later = [state for state in others if reached is None or state.number > reached.number]
    for state in (*later, *others):
        return Act(way_to(state), step_url(page.enrolment.public_id, state.key))
    return Act(_("To the module page"), url_for("buddy.module_page", enrolment=page.enrolment.public_id))
