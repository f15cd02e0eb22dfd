"""Figures for those who watch over the service, in the text format of Prometheus (version 0.0.4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "buddy_trainer_"


class Gauge(NamedTuple):
    """One figure that goes up and down, perhaps once for each combination of labels."""

    #: without the prefix, with its unit: "outbox_age_seconds"
    name: str
    help_text: str
    label_names: Sequence[str]
    #: label values, in the order of their names, → figure
    figures: Mapping[tuple[str, ...], float]


class _Once:
    """What prometheus_client calls a collector; here the figures are there already."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = tuple(gauges)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(PREFIX + gauge.name, gauge.help_text, labels=gauge.label_names)
            for labels, figure in gauge.figures.items():
                family.add_metric(labels, figure)
            yield family


def render(gauges: Iterable[Gauge]) -> bytes:
    """The exposition text.  Nothing is kept between two calls: every process gives the same answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(gauges))
    return generate_latest(registry)
