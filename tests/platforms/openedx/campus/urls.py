"""The LTI package where Open edX has it, and our own pages."""

from django.urls import include, path

from campus import handle, pages

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("campus/open", pages.open_link),
    path("campus/course", pages.course),
    path("campus/choose", pages.choose),
    path("campus/tools", handle.add_tool),
    path("campus/links", handle.place_link),
    path("campus/pick", handle.pick_item),
    path("campus/deep-linking", handle.allow_deep_linking),
    path("campus/rotate", handle.rotate),
    path("campus/tokens", handle.make_token),
    path("campus/lose", handle.lose_answer),
    path("campus/remove", handle.remove_columns),
    path("campus/state", handle.state),
]
