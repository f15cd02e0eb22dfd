"""Open edX's LTI platform as a plain Django server on loopback.

Everything that answers the wire is the package `lti-consumer-xblock`: login, launch, key set, tokens, line items,
scores. What stands here and in `campus/` is the rest of an LMS, as little as will do: people, blocks, a gradebook, and
the handle by which a test tells it what to place. Runs in a virtual environment of its own (`requirements.lock`).

    python serve.py --port 8100 --folder /tmp/somewhere
"""

import argparse
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def configure(port: int, folder: Path) -> None:
    """The settings of the server: one process, one SQLite file."""
    base = f"http://localhost:{port}"
    settings.configure(
        SECRET_KEY="only for tests on loopback",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="campus.urls",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "rest_framework",
            "lti_consumer",
            "campus",
        ],
        MIDDLEWARE=[
            "campus.weather.Weather",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "openedx.db",
                # as edx-platform does: else a score stays although publishing it failed
                "ATOMIC_REQUESTS": True,
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        # launches under way wait here, so there can be one process only
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_SECURE=True,
        # what the package reads
        USAGE_ID_PATTERN=r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))",
        LMS_ROOT_URL=base,
        LTI_BASE=base,
        LTI_API_BASE=base,
        PLATFORM_NAME="Hogeschool Voorbeeld",
        OPENEDX_TELEMETRY=[],
        LOGGING={
            "version": 1,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "root": {"handlers": ["console"], "level": "INFO"},
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where its database goes")
    given = parser.parse_args()
    configure(given.port, given.folder)
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)

    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application

    run("127.0.0.1", given.port, get_wsgi_application(), threading=True)


if __name__ == "__main__":
    main()
