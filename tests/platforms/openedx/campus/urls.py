from campus import handle, pages
from django.urls import include, path

urlpatterns = [
    path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("campus/open", pages.open_link),
    path("campus/course", pages.course),
    path("campus/tools", handle.add_tool),
    path("campus/links", handle.place_link),
    path("campus/rotate", handle.rotate),
    path("campus/tokens", handle.make_token),
    path("campus/lose", handle.lose_answer),
    path("campus/state", handle.state),
]
