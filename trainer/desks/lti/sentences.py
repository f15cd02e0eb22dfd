"""What a learner reads when a login or launch is refused: one sentence, and what to do next."""

from typing import Any

from trainer.core.i18n import lazy_gettext as _l

_AGAIN = _l("Go back to your course and open the module again.")
_TEACHER = _l("Tell your lecturer, with the code below: the link in the course needs mending.")
_ADMINISTRATOR = _l("Tell your lecturer or the help desk of your LMS, with the code below.")

#: public code → (sentence, advice)
SENTENCES: dict[str, tuple[Any, Any]] = {
    "lti_login": (_l("Your LMS sent an incomplete request."), _ADMINISTRATOR),
    "lti_platform_unknown": (_l("Your LMS is not connected to this training yet."), _ADMINISTRATOR),
    "lti_platform_ambiguous": (_l("Your LMS did not say which institution you come from."), _ADMINISTRATOR),
    "lti_platform_inactive": (_l("The connection with your LMS is switched off for now."), _ADMINISTRATOR),
    "lti_target": (_l("This link does not point to this training."), _TEACHER),
    "lti_form": (_l("Your LMS sent an incomplete request."), _AGAIN),
    "lti_state": (_l("Opening this module took too long, or was interrupted."), _AGAIN),
    "lti_state_browser": (_l("This module was opened in another window or browser."), _AGAIN),
    "lti_binding_missing": (
        _l("Your browser keeps no data for us inside this page."),
        _l("Open the module in a new window."),
    ),
    "lti_cookies_blocked": (
        _l("Your browser keeps no cookies at all for this training."),
        _l("Allow cookies for this training in your browser, then try again."),
    ),
    "lti_confirmation": (_l("This request did not come from a page of ours."), _AGAIN),
    "lti_platform_error": (
        _l("Your LMS could not sign you in here."),
        _l("Sign in to your LMS again, then open the module again."),
    ),
    "lti_crossed": (
        _l("Two modules were opened at the same moment."),
        _l("Go back to your course and open this module once more."),
    ),
    "lti_header": (_l("Your LMS signed this request in a way we do not accept."), _ADMINISTRATOR),
    "lti_token": (_l("We could not check that this request comes from your LMS."), _ADMINISTRATOR),
    "lti_keys_unavailable": (_l("Your LMS cannot be reached for a moment."), _l("Try again in a minute.")),
    "lti_audience": (_l("Your LMS sent this request to another service."), _ADMINISTRATOR),
    "lti_azp": (_l("Your LMS sent this request to another service."), _ADMINISTRATOR),
    "lti_time": (_l("This request is too old, or the clock of your LMS is wrong."), _AGAIN),
    "lti_nonce": (_l("Opening this module was interrupted."), _AGAIN),
    "lti_nonce_replayed": (_l("This page was opened already."), _AGAIN),
    "lti_claims": (_l("Your LMS sent an incomplete request."), _ADMINISTRATOR),
    "lti_version": (_l("Your LMS speaks another version of LTI."), _ADMINISTRATOR),
    "lti_message_type": (
        _l("Your LMS asked for something that this training does not offer."),
        _ADMINISTRATOR,
    ),
    "lti_deployment": (_l("This course is not connected to the training yet."), _ADMINISTRATOR),
    "lti_deployments_many": (_l("This course is not connected to the training yet."), _ADMINISTRATOR),
    "lti_roles": (_l("Your LMS did not say what your role in the course is."), _ADMINISTRATOR),
    "lti_user": (_l("This module needs to know who you are, and your LMS did not say."), _ADMINISTRATOR),
    "lti11_form": (_l("Your LMS sent an incomplete request."), _AGAIN),
    "lti11_time": (_l("This request is too old, or the clock of your LMS is wrong."), _AGAIN),
    "lti11_nonce_replayed": (_l("This page was opened already."), _AGAIN),
    "lti_resource_link": (_l("Your LMS did not say which link you opened."), _TEACHER),
    "lti_return_url": (_l("Your LMS did not say where your choice should go."), _ADMINISTRATOR),
    "lti_may_not_place": (
        _l("Only who teaches in this course can place modules in it."),
        _l("Ask whoever manages the course for the role of lecturer."),
    ),
    "lti_placed_already": (
        _l("Your choice was already sent to your course."),
        _l("Go back to your course. To place more, choose there again to add modules."),
    ),
}

#: public code → title, where what was refused is no module
TITLES: dict[str, Any] = {
    "lti_may_not_place": _l("You cannot place modules here"),
    "lti_placed_already": _l("Nothing was placed twice"),
    "lti_return_url": _l("The modules could not be placed"),
}

_ANEW = _l("Begin the registration in your LMS again.")
_ASK_US = _l("Send the code below to whoever gave you the invitation.")

#: public code → (sentence, advice), for an administrator who connects an LMS
CONNECTING: dict[str, tuple[Any, Any]] = {
    "lti_invitation": (
        _l("This invitation was used already or withdrawn, or is older than an hour."),
        _l("Ask for a new one from whoever gave it to you."),
    ),
    "lti_registration": (_l("Your LMS sent an incomplete request."), _ANEW),
    "lti_registered": (
        _l("This LMS is connected already. Nothing was changed here."),
        _l("If you made the tool anew in your LMS, send the code below to whoever gave you the invitation."),
    ),
    "lti_configuration": (_l("We cannot read what your LMS says of itself."), _ASK_US),
    "lti_configuration_issuer": (
        _l("What your LMS says of itself is about another site than the one it came from."),
        _l("Begin the registration in the LMS itself, at the address that everybody uses."),
    ),
    "lti_unreachable": (
        _l("Your LMS did not answer us."),
        _l("See whether the tool is in your LMS. If not, load this page again or ask for a new invitation."),
    ),
    "lti_registration_refused": (
        _l("Your LMS refused the registration. Nothing was made."),
        _l("Begin the registration in your LMS again: your invitation is still good."),
    ),
    "lti_registration_answer": (
        _l("Your LMS gave an answer that we cannot read."),
        _l(
            "See whether the tool is in your LMS, and send the code below to whoever gave you the invitation."
        ),
    ),
    "url_not_allowed": (
        _l("An address that your LMS gave is not a public https address, so we do not ask there."),
        _ASK_US,
    ),
}
