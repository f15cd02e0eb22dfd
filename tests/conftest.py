"""What every test may ask for; the fixtures are in tests/support/, one file per real part."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.postgres",
    "tests.support.databases",
    "tests.support.house",
    "tests.support.service",
    "tests.support.smtp",
]

# Two shared cores: how long one example takes says nothing, so no deadline, and slow drawing is no failure.
settings.register_profile("trainer", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("trainer")
