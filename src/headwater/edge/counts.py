"""What the edge counts, for Prometheus: all its processes together, through files that each of them writes.

`flow.serve` names the folder in PROMETHEUS_MULTIPROC_DIR before this is imported.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

REQUESTS = Counter("headwater_edge_requests", "Requests by wire format and status.", ["format", "status"])
EVENTS = Counter("headwater_edge_events", "Events acknowledged, by collector.", ["source"])
REJECTED = Counter(
    "headwater_edge_events_rejected", "Events kept with a reason instead, by collector.", ["source"]
)
FAULTS = Counter("headwater_edge_faults", "Requests not taken, by reason.", ["fault"])
COMMIT_SECONDS = Histogram(
    "headwater_edge_commit_seconds",
    "From a request's being read to its being on the disk.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
DECIDE_SECONDS = Histogram(
    "headwater_edge_decide_seconds",
    "Time to decide what to show.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)
