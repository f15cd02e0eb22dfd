"""Settings of the service, from the environment or a TOML file; every one has its line in docs/configuration.md.

The environment wins over the file that ``TRAINER_CONFIG`` names.  In the file the names are lower case and without
the prefix: ``database_url = "sqlite:////srv/trainer/trainer.db"``.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "TRAINER_"
MIN_SECRET_LENGTH = 32
_REQUIRED = object()


class SettingsError(Exception):
    """A setting is missing or impossible; the text is one clear line for the person who starts the service."""


def _setting(help_text: str, default: object = _REQUIRED) -> object:
    return field(metadata={"help": help_text, "default": default})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked.  Field ``x_y`` is the environment variable ``TRAINER_X_Y``."""

    database_url: str = _setting(
        "SQLAlchemy URL: sqlite:////path/file.db or postgresql+psycopg://user@host/name"
    )  # type: ignore[assignment]
    secret_key: str = _setting(
        "at least 32 characters; signs state and forms, and encrypts the tool's private keys"
    )  # type: ignore[assignment]
    base_url: str = _setting(
        "the origin under which browsers reach the service, such as https://training.example.be"
    )  # type: ignore[assignment]
    media_root: str = _setting("folder for films, captions and posters, stored under their hash", "var/media")  # type: ignore[assignment]
    allow_insecure_platforms: bool = _setting(  # type: ignore[assignment]
        "accept platforms on plain http or loopback: for demo and tests only, refused unless base_url is loopback",
        False,
    )
    operator_mail: str = _setting(
        "address that hears of scores that could not be delivered; empty: nobody", ""
    )  # type: ignore[assignment]
    smtp_url: str = _setting("smtp://user:password@host:port or smtps://…; empty: no mail is sent", "")  # type: ignore[assignment]
    mail_from: str = _setting("sender of the service's mail", "buddy-trainer@localhost")  # type: ignore[assignment]
    metrics_token: str = _setting(
        "bearer token for GET /metrics; empty: nobody, unless base_url is loopback", ""
    )  # type: ignore[assignment]
    delivery_rate: int = _setting("scores a second that one platform is sent at most", 5)  # type: ignore[assignment]
    log_level: str = _setting("DEBUG, INFO, WARNING or ERROR", "INFO")  # type: ignore[assignment]
    trusted_proxies: int = _setting("how many reverse proxies in front set X-Forwarded-* headers", 0)  # type: ignore[assignment]

    @property
    def is_loopback(self) -> bool:
        """Whether the service is only reached from this machine; anything else counts as production."""
        return is_loopback_host(urlsplit(self.base_url).hostname or "")

    @property
    def origin(self) -> str:
        """Scheme, host and port of ``base_url``, without a path."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"


def is_loopback_host(host: str) -> bool:
    """Whether a host name or address literal means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: naming the setting and what is wrong with it, in one line.
    """
    values = _from_file(environ.get(PREFIX + "CONFIG"))
    known = {item.name: item for item in fields(Settings)}
    for name in values:
        if name not in known:
            raise SettingsError(f"The configuration file sets {name!r}, which is not a setting.")
    for name in known:
        text = environ.get(PREFIX + name.upper())
        if text is not None:
            values[name] = text
    for name, item in known.items():
        if name not in values:
            if item.metadata["default"] is _REQUIRED:
                raise SettingsError(f"{PREFIX}{name.upper()} is not set: {item.metadata['help']}.")
            values[name] = item.metadata["default"]
        values[name] = _typed(name, item.type, values[name])
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _from_file(path: str | None) -> dict[str, object]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(f"{PREFIX}CONFIG: cannot read {path}: {problem}.") from problem


def _typed(name: str, wanted: object, value: object) -> object:
    label = PREFIX + name.upper()
    if wanted is bool:
        if isinstance(value, bool):
            return value
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
            "": False,
        }
        if str(value).strip().lower() not in words:
            raise SettingsError(f"{label} is {value!r}: it takes 1 or 0.")
        return words[str(value).strip().lower()]
    if wanted is int:
        try:
            return int(str(value))
        except ValueError:
            raise SettingsError(f"{label} is {value!r}: it takes a whole number.") from None
    return str(value).strip()


def _check(settings: Settings) -> None:
    if len(settings.secret_key) < MIN_SECRET_LENGTH:
        raise SettingsError(f"{PREFIX}SECRET_KEY is shorter than {MIN_SECRET_LENGTH} characters.")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingsError(f"{PREFIX}DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
    parts = urlsplit(settings.base_url)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.rstrip("/")
        or parts.query
        or parts.username
    ):
        raise SettingsError(
            f"{PREFIX}BASE_URL must be an origin such as https://training.example.be, without a path."
        )
    if parts.scheme == "http" and not settings.is_loopback:
        raise SettingsError(f"{PREFIX}BASE_URL must be https, unless it is this machine itself.")
    if settings.allow_insecure_platforms and not settings.is_loopback:
        raise SettingsError(
            f"{PREFIX}ALLOW_INSECURE_PLATFORMS is for demo and tests: the service will not start with it "
            f"under {settings.base_url}."
        )
    if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingsError(f"{PREFIX}LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
    if settings.delivery_rate < 1:
        raise SettingsError(f"{PREFIX}DELIVERY_RATE must be at least 1.")
