"""``/metrics`` in the format that Prometheus reads: requests by route, and the ``statistics()`` of what lives long."""

import ipaddress
import time
from collections.abc import Callable, Iterator, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

Statistics = Callable[[], Mapping[str, float]]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class _StatisticsCollector(Collector):
    def __init__(self, sources: Mapping[str, Statistics]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for subsystem, statistics in self._sources.items():
            for name, value in statistics().items():
                yield GaugeMetricFamily(f"studium_{subsystem}_{name}", f"{name} of {subsystem}", value=float(value))


class Metrics:
    """The numbers of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._sources: dict[str, Statistics] = {}
        ProcessCollector(registry=self.registry)
        self.registry.register(_StatisticsCollector(self._sources))
        self._requests = Counter(
            "studium_requests", "Requests by route and status", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "studium_request_seconds", "Time of requests", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self._active = Gauge("studium_requests_active", "Requests under way", registry=self.registry)

    def add(self, subsystem: str, statistics: Statistics) -> None:
        """Show what ``statistics()`` answers as ``studium_<subsystem>_<name>``."""
        self._sources[subsystem] = statistics

    @property
    def middleware(self) -> Middleware:
        """Counts every request; the outermost middleware."""

        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "none"
            began = time.perf_counter()
            status = 500
            self._active.inc()
            try:
                response = await handler(request)
                status = response.status
                return response
            except web.HTTPException as error:
                status = error.status
                raise
            finally:
                self._active.dec()
                self._requests.labels(route, status).inc()
                if status != 101:
                    self._seconds.labels(route).observe(time.perf_counter() - began)

        return count

    def answer(self) -> web.Response:
        """The page of numbers."""
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": "text/plain; version=0.0.4"})


def is_loopback(request: web.Request) -> bool:
    """Does the request come from this machine, and not through a proxy on it? Nor from another site's page, whose name
    was made to lead to this machine: the request must name it by a name of its own."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    name = request.url.host or ""
    if name != "localhost" and not _is_loopback_address(name):
        return False
    return _is_loopback_address(request.remote or "")


def _is_loopback_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False
