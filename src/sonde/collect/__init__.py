"""What a Python participant tells of its own calls, in batches as docs/collector.md describes them."""

from sonde.collect.collector import Collector

__all__ = ["Collector"]
