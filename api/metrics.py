"""The gateway's figures for Prometheus; one registry an app, so that several live side by side in tests."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class GatewayMetrics:
    """Counters of requests, sockets, messages and turns."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "closer_http_requests_total",
            "HTTP requests",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "closer_http_request_seconds",
            "Time to answer an HTTP request",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.sockets = Gauge("closer_sockets_open", "Open chat sockets", registry=self.registry)
        self.messages = Counter(
            "closer_messages_accepted_total",
            "Messages accepted from customers",
            ["door"],
            registry=self.registry,
        )
        self.refused = Counter(
            "closer_refused_total", "Requests and frames refused", ["code"], registry=self.registry
        )
        self.turns = Histogram(
            "closer_gateway_turn_seconds",
            "Time from dispatch to the dialogue's answer",
            ["outcome"],
            buckets=_SECONDS,
            registry=self.registry,
        )

    def render(self) -> bytes:
        """Return the text exposition."""
        return generate_latest(self.registry)
