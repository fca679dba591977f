"""Every limit of a vehicle's connection and buffer, by name. A limit that is wrong is refused when the vehicle opens."""
from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Dict, Tuple


@dataclass(frozen=True)
class Limits:
    """The defaults are those of the SDK in TypeScript. Names that end in `_s` are seconds. Raises a ValueError that names what is out of its bounds."""

    #: Messages kept until acknowledged, in flight included, and their payload bytes.
    messages_max: int = 10_000
    bytes_max: int = 8 * 1024 * 1024
    #: QoS 1 messages sent and not yet acknowledged; the server's Receive Maximum lowers it.
    in_flight_max: int = 32
    #: MQTT keep-alive. The server may impose its own.
    keep_alive_s: int = 60
    #: TCP connect to CONNACK.
    answer_timeout_s: float = 10
    #: Full jitter: the n-th wait is drawn evenly from 0 to min(max, min * 2^n).
    reconnect_min_s: float = 1
    reconnect_max_s: float = 60
    #: The n-th wait after another client signed in with our id is from half to the whole of min(max, min * 2^n).
    taken_over_min_s: float = 5
    taken_over_max_s: float = 3600
    #: How long the server keeps what is addressed to an absent vehicle. MQTT Session Expiry Interval.
    session_expiry_s: int = 3600
    #: Largest packet accepted from the server. MQTT Maximum Packet Size.
    downlink_bytes_max: int = 256 * 1024
    #: With a folder: a power cut loses at most this much of what was sent; a killed process loses nothing.
    sync_s: float = 1

    def __post_init__(self) -> None:
        for field in fields(self):
            value, (least, most) = getattr(self, field.name), _bounds[field.name]
            is_number = isinstance(value, (int, float) if isinstance(least, float) else int) and not isinstance(value, bool)
            if not is_number or not least <= value <= most:
                raise ValueError(f"limits.{field.name} is a number from {least} to {most}, not {value!r}")
        for lower, upper in (("reconnect_min_s", "reconnect_max_s"), ("taken_over_min_s", "taken_over_max_s")):
            if getattr(self, lower) > getattr(self, upper):
                raise ValueError(f"limits.{lower} ({getattr(self, lower)}) is more than limits.{upper} ({getattr(self, upper)})")


# Whole numbers where the least is one.
_bounds: Dict[str, Tuple[float, float]] = {
    "messages_max": (1, 10_000_000),
    "bytes_max": (1024, 4 * 1024**3),
    "in_flight_max": (1, 65_534),
    "keep_alive_s": (1, 65_535),
    "answer_timeout_s": (0.1, 600),
    "reconnect_min_s": (0.001, 3600),
    "reconnect_max_s": (0.001, 86_400),
    "taken_over_min_s": (0.001, 3600),
    "taken_over_max_s": (0.001, 86_400),
    "session_expiry_s": (0, 0xFFFF_FFFF),
    "downlink_bytes_max": (1024, 256 * 1024 * 1024),
    "sync_s": (0.0, 3600),
}
