"""What a student sees of the LMS: the course page with the link in an iframe."""

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from lti_consumer.api import get_lti_1p3_content_url, get_lti_1p3_launch_start_url
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.models import LtiConfiguration

from campus.lms import external_id
from campus.models import Placement

_FRAME = '<iframe name="tool" src="{}" width="900" height="600"></iframe>'


def open_link(request: HttpRequest) -> HttpResponse:
    """Sign somebody in, and on to the tool: `?location=…&user=anna&role=student`."""
    return HttpResponseRedirect(_start_url(request))


def choose(request: HttpRequest) -> HttpResponse:
    """An author chooses in the tool, by deep linking, what a link opens: the choice in an iframe."""
    url = get_lti_1p3_launch_start_url(_launch_data(request), deep_link_launch=True)
    if request.GET.get("in") == "window":
        return HttpResponseRedirect(url)
    return HttpResponse(format_html(f"<!doctype html><title>Studio</title>{_FRAME}", url))


def course(request: HttpRequest) -> HttpResponse:
    """The course page: the same, in an iframe."""
    return HttpResponse(format_html(f"<!doctype html><title>Cursus</title>{_FRAME}", _start_url(request)))


def _start_url(request: HttpRequest) -> str:
    return str(get_lti_1p3_content_url(_launch_data(request)))


def _launch_data(request: HttpRequest) -> Lti1p3LaunchData:
    role = request.GET.get("role", "student")
    user, _ = User.objects.get_or_create(
        username=request.GET["user"], defaults={"is_staff": role in ("staff", "instructor")}
    )
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    link = LtiConfiguration.objects.get(location=request.GET["location"])
    placed = Placement.objects.get(location=request.GET["location"])
    return Lti1p3LaunchData(
        user_id=user.pk,
        external_user_id=external_id(user),
        user_role=role,
        config_id=str(link.config_id),
        resource_link_id=str(link.location),
        context_id=str(link.location.course_key),
        context_type=["course_offering"],
        context_title="Leerbuddy",
        context_label="LB",
        custom_parameters=placed.custom,
    )
