"""A proxy in front of the LMS that may lose an answer on the way back."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: parts of paths whose next answer is lost, after the LMS did what was asked
to_lose: list[str] = []


class Weather:
    """Answers 504 in the place of an answer that is to be lost."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for part in to_lose:
            if part in request.path:
                to_lose.remove(part)
                return HttpResponse("The answer got lost.", status=504, content_type="text/plain")
        return response
