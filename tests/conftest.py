"""What every test may ask for; the fixtures are in tests/support/, one file per real part."""

from itertools import chain, groupby

import pytest
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

#: the folders whose stories drive a Chromium, or a dozen processes
_HEAVY = ("browser", "crash", "platforms")
#: the one whose stories drive a service in this process, and the number of its files between two of those
_MIDDLING = ("trainer",)
_BETWEEN = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the heavy files over the run: three Chromiums at once make each other late. What is quick fills the end."""
    heavy: list[list[pytest.Item]] = []
    middling: list[list[pytest.Item]] = []
    quick: list[list[pytest.Item]] = []
    for path, file in groupby(items, key=lambda item: item.path):
        folder = path.relative_to(config.rootpath).parts[1]
        (heavy if folder in _HEAVY else middling if folder in _MIDDLING else quick).append(list(file))
    order = []
    for number, file in enumerate(middling):
        if number % _BETWEEN == 0 and heavy:
            order.append(heavy.pop(0))
        order.append(file)
    items[:] = chain.from_iterable(order + heavy + quick)
