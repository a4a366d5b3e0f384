"""What the stream and the core count, for Prometheus; see `edge.counts` for the edge."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

STREAM_EVENTS = Counter("headwater_stream_events", "Events taken in by the stream, refused ones included.")
STREAM_BEHIND = Gauge(
    "headwater_stream_behind_bytes", "Bytes of the log that wait.", multiprocess_mode="mostrecent"
)
RUNS = Counter("headwater_core_runs", "Runs of the core by kind and ending.", ["kind", "ending"])
RUN_SECONDS = Gauge(
    "headwater_core_run_seconds", "How long the last run took.", ["kind"], multiprocess_mode="mostrecent"
)
