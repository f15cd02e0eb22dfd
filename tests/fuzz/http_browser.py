"""A browser as the fuzzer needs it, over a real connection: the part of Flask's test client that it uses."""

import http.client
import json as jsons
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import quote, urlencode


@dataclass
class Answer:
    """What came back."""

    status_code: int
    headers: Message
    data: bytes

    def get_data(self, as_text: bool = False) -> Any:
        """The body."""
        return self.data.decode("utf-8", "replace") if as_text else self.data


@dataclass
class HttpBrowser:
    """Keeps cookies and one connection to a port of this machine."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **options: Any) -> Answer:
        """Ask for a page."""
        return self.open(path, "GET", **options)

    def post(self, path: str, **options: Any) -> Answer:
        """Send something."""
        return self.open(path, "POST", **options)

    def open(
        self,
        path: str,
        method: str,
        *,
        base_url: str = "",
        query_string: Mapping[str, str] | str | None = None,
        data: Any = None,
        json: Any = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; a connection that the server closed is opened again once."""
        if query_string is not None:
            query = query_string if isinstance(query_string, str) else urlencode(query_string)
            path = f"{path}?{quote(query, safe='%&=+', encoding='latin-1')}"
        sent = dict(headers or {})
        if json is not None:
            data, content_type = jsons.dumps(json).encode(), "application/json"
        if isinstance(data, Mapping):
            data, content_type = urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
        if content_type:
            sent["Content-Type"] = content_type
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for last in (False, True):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                self.connection.request(
                    method, quote(path, safe="/?%&=+;:@!$'()*,~#[]"), body=data, headers=sent
                )
                response = self.connection.getresponse()
                body = response.read()
                break
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.connection = None
                if last:
                    raise
        for line in response.headers.get_all("Set-Cookie", []):
            pair, _, rest = line.partition(";")
            name, _, value = pair.partition("=")
            if "max-age=0" in rest.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Answer(response.status, response.headers, body)
