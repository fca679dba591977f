"""A message body as the JSON of the wire (docs/messages.md of the project). What the gateway would refuse for its shape is a mistake of the caller,
who is told the field; values are the server's to judge."""
from __future__ import annotations

import json
import math
import re
from typing import Any, Mapping

BYTES_MAX = 256 * 1024
SAMPLES_MAX = 1000
EVERY_MIN_MS, EVERY_MAX_MS = 1, 3_600_000
#: Whose clock the instant of a sample or burst is of; where nothing is said the car measured it then.
CLOCKS = ("measured", "sent", "server", "received")

_event_pattern = re.compile(r"[a-z][a-z0-9-]{0,63}")


def encode(boot: str, seq: int, body: Mapping[str, Any]) -> bytes:
    """The bytes of a message. `body` has `samples`, `burst` or both, and may say its `vss`; or it has `event`, `at` and may have `data`. Instants are
    whole epoch milliseconds. NaN and infinities become null: a value that is not there. Raises a ValueError that names the field, and what `json`
    raises for values it does not know."""
    _check(body)
    message = {"boot": boot, "seq": seq, **body}
    try:
        text = _dump(message)
    except ValueError:
        text = _dump(_finite(message))
    payload = text.encode()
    if len(payload) > BYTES_MAX:
        raise ValueError(f"body: a message has at most {BYTES_MAX} bytes; this one has {len(payload)}")
    return payload


def _check(body: Mapping[str, Any]) -> None:
    is_event = "event" in body
    allowed = {"event", "at", "data"} if is_event else {"samples", "burst", "vss"}
    for name in body:
        if name not in allowed:
            raise ValueError(f"body.{name}: {'an event' if is_event else 'a message'} has {', '.join(sorted(allowed))} and nothing else")
    if is_event:
        event = body["event"]
        if not isinstance(event, str) or _event_pattern.fullmatch(event) is None:
            raise ValueError(f"body.event: {event!r} is not lower case with hyphens, at most 64 characters")
        _check_instant("body.at", body.get("at"))
        if not isinstance(body.get("data", {}), Mapping):
            raise ValueError("body.data: not an object")
        return
    if "samples" not in body and "burst" not in body:
        raise ValueError("body: it has neither samples nor a burst nor an event")
    count = _check_samples(body["samples"], "burst" in body) if "samples" in body else 0
    count += _check_burst(body["burst"]) if "burst" in body else 0
    if count > SAMPLES_MAX:
        raise ValueError(f"body: a message has 1 to {SAMPLES_MAX} samples, those of a burst included, not {count}")


def _check_samples(samples: Any, may_be_empty: bool) -> int:
    if not isinstance(samples, (list, tuple)) or (len(samples) == 0 and not may_be_empty):
        raise ValueError("body.samples: not a list of at least one sample")
    for index, sample in enumerate(samples):
        if not isinstance(sample, Mapping) or not isinstance(sample.get("signals"), Mapping):
            raise ValueError(f'body.samples[{index}]: not of the form {{"at": …, "signals": {{…}}}}')
        _check_instant(f"body.samples[{index}].at", sample.get("at"))
        _check_clock(f"body.samples[{index}].clock", sample)
    return len(samples)


def _check_burst(burst: Any) -> int:
    if not isinstance(burst, Mapping) or not isinstance(burst.get("signals"), Mapping):
        raise ValueError('body.burst: not of the form {"at": …, "every": …, "signals": {…}}')
    _check_instant("body.burst.at", burst.get("at"))
    _check_clock("body.burst.clock", burst)
    every = burst.get("every")
    if not isinstance(every, (int, float)) or isinstance(every, bool) or not EVERY_MIN_MS <= every <= EVERY_MAX_MS:
        raise ValueError(f"body.burst.every: {every!r} is not from {EVERY_MIN_MS} to {EVERY_MAX_MS} milliseconds")
    columns = burst["signals"].values()
    lengths = {len(column) if isinstance(column, (list, tuple)) else 0 for column in columns}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError("body.burst.signals: not lists of one length, of at least one value each")
    return lengths.pop()


def _check_instant(field: str, at: Any) -> None:
    if not isinstance(at, int) or isinstance(at, bool) or abs(at) > 2**53 - 1:
        raise ValueError(f"{field}: {at!r} is not a whole number of epoch milliseconds")


def _check_clock(field: str, told: Mapping[str, Any]) -> None:
    if "clock" in told and told["clock"] not in CLOCKS:
        raise ValueError(f"{field}: {told['clock']!r} is none of {', '.join(CLOCKS)}")


def _dump(message: Any) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, (list, tuple)) else value
