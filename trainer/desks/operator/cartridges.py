"""Links as a file: a Common Cartridge that a lecturer imports into a course, for one module or for all."""

from flask import Response, render_template, request

from lti.history import COPY_PARAMETERS
from modules.cartridge import MIME, CartridgeLink, write_cartridge
from trainer.catalogue.queries import edition, list_modules
from trainer.core.i18n import gettext as _
from trainer.core.i18n import locale
from trainer.core.web.service import service
from trainer.desks.operator.door import the_operator
from trainer.desks.operator.views import not_here, operator_desk


@operator_desk.get("/hub/links")
def links() -> str:
    """Which modules there are a file for, and what is done with it."""
    return render_template("operator/links.html", links=_links(), operator=the_operator())


@operator_desk.get("/hub/links.imscc")
def cartridge() -> Response:
    """The file: with the link of the module that is named, else of every module."""
    wanted = request.args.get("module")
    found = [link for link in _links() if wanted is None or link.key == wanted]
    if not found:
        raise not_here()
    body = write_cartridge(found, title=_("Modules of Buddy Trainer"), language=locale())
    name = f"buddy-trainer-{wanted}.imscc" if wanted else "buddy-trainer.imscc"
    return Response(body, mimetype=MIME, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _links() -> list[CartridgeLink]:
    """A link for each module that can be placed.

    It names its module in its address and in a custom parameter, because some LMSs keep but one of the two.  A
    placement's id cannot travel in it: a placement is of one LMS, and this file is for any.
    """
    base_url = service().settings.base_url.rstrip("/")
    with service().database.reading() as connection:
        modules = [edition(connection, one.edition_id).module for one in list_modules(connection)]
    return [
        CartridgeLink(
            key=module.key,
            title=module.title(locale()),
            description=module.summary(locale()),
            url=f"{base_url}/lti/launch/{module.key}",
            custom={"module": module.key, **COPY_PARAMETERS},
        )
        for module in modules
    ]
