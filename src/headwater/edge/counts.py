"""What the edge counts, for Prometheus: all its processes together, through files that each of them writes.

A count costs a request as little as can be: an addition to a dict, which is handed on to Prometheus' library each second. `serve`
names the folder of the files in PROMETHEUS_MULTIPROC_DIR before this is imported.
"""

from __future__ import annotations

from collections import Counter as Counts

from prometheus_client import Counter, Histogram

_REQUESTS = Counter("headwater_edge_requests", "Requests by wire format and status.", ["format", "status"])
_EVENTS = Counter("headwater_edge_events", "Events acknowledged, by collector.", ["source"])
_REJECTED = Counter(
    "headwater_edge_events_rejected", "Events kept with a reason instead, by collector.", ["source"]
)
_FAULTS = Counter("headwater_edge_faults", "Requests not taken, by reason.", ["fault"])
_COMMIT_SECONDS = Histogram(
    "headwater_edge_commit_seconds",
    "From a request's being read to its being on the disk.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
_DECIDE_SECONDS = Histogram(
    "headwater_edge_decide_seconds",
    "Time to decide what to show.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)
_COUNTERS = {"requests": _REQUESTS, "events": _EVENTS, "rejected": _REJECTED, "faults": _FAULTS}

_waiting: Counts[tuple[str, ...]] = Counts()
_commits: list[float] = []
_decisions: list[float] = []


def request(format_: str, status: int) -> None:
    """A request was answered."""
    _waiting["requests", format_, str(status)] += 1


def events(source: str, n_events: int, n_rejected: int = 0) -> None:
    """Events were acknowledged, or kept with a reason."""
    if n_events:
        _waiting["events", source] += n_events
    if n_rejected:
        _waiting["rejected", source] += n_rejected


def fault(name: str) -> None:
    """A request was not taken."""
    _waiting["faults", name] += 1


def committed(seconds: float) -> None:
    """A request came to the disk."""
    _commits.append(seconds)


def decided(seconds: float) -> None:
    """Something was decided."""
    _decisions.append(seconds)


def hand_on() -> None:
    """Give all that was counted to Prometheus' library."""
    for (name, *labels), number in _waiting.items():
        _COUNTERS[name].labels(*labels).inc(number)
    _waiting.clear()
    for seconds, histogram in ((_commits, _COMMIT_SECONDS), (_decisions, _DECIDE_SECONDS)):
        for each in seconds:
            histogram.observe(each)
        seconds.clear()
