"""The command line: python -m roadstream send."""
from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from typing import Any, BinaryIO, Iterator, Optional, Tuple

from .message import BYTES_MAX
from .vehicle import Vehicle

_usage = """Reads one JSON value from each line of standard input and sends it as a message: {"samples": […]}, {"burst": {…}}, {"event": …, "at": …}, or a sample alone,
{"at": …, "signals": {…}}. Events go to the stream "event" unless --stream says otherwise. Reading waits while the buffer is full. The password is in --password-file or
in the environment variable ROADSTREAM_PASSWORD."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m roadstream")
    send = parser.add_subparsers(dest="command", required=True).add_parser("send", description=_usage)
    send.add_argument("--url", required=True, help="mqtt://host:port or mqtts://host:port")
    send.add_argument("--vehicle", required=True, help="TENANT/VEHICLE")
    send.add_argument("--stream", help="telemetry, event, critical, snapshot, result or session")
    send.add_argument("--folder", help="where what is not acknowledged survives; left out: in memory")
    send.add_argument("--password-file")
    for name in ("ca", "cert", "key"):
        send.add_argument(f"--{name}", help="a PEM file, with mqtts")
    send.add_argument("--timeout", type=float, default=60, help="seconds to wait at the end until all is acknowledged")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="roadstream: %(message)s")
    try:
        return _send(given)
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError) as error:
        print(f"roadstream: {error}", file=sys.stderr)
        return 2


def _send(given: argparse.Namespace) -> int:
    tenant, _, vehicle = given.vehicle.partition("/")
    faults = 0
    with Vehicle(
        given.url, tenant, vehicle, password=_password(given.password_file), ca=given.ca, cert=given.cert, key=given.key, folder=given.folder
    ) as car:
        for number, line in _lines(sys.stdin.buffer):
            try:
                body = _body(line)
                car.send(given.stream or ("event" if "event" in body else "telemetry"), body, wait_s=float("inf"))
            except (ValueError, TypeError, RecursionError) as error:
                faults += 1
                print(f"roadstream: standard input, line {number}: {error}; the line is passed over", file=sys.stderr)
        car.flush(given.timeout)
        stats = car.stats
        print(f"{stats.sent} sent, {stats.acknowledged} acknowledged, {stats.refused} refused, {stats.dropped} dropped, {stats.pending} pending")
        if stats.pending > 0:
            left = "lost, as there is no --folder" if given.folder is None else "kept in the folder for the next run"
            print(f"roadstream: {car.trouble or 'no answer in time'}; {stats.pending} messages are {left}", file=sys.stderr)
    return 0 if faults == stats.refused == stats.dropped == stats.pending == 0 else 1


def _lines(source: BinaryIO) -> Iterator[Tuple[int, Optional[bytes]]]:
    """The lines that are not empty, by number; None for one that is longer than a message may be, of which no more is held."""
    number = 0
    while True:
        line = source.readline(BYTES_MAX + 1)
        if not line:
            return
        number += 1
        is_whole = line.endswith(b"\n") or len(line) <= BYTES_MAX
        rest = line
        while not is_whole and rest and not rest.endswith(b"\n"):
            rest = source.readline(BYTES_MAX + 1)
        if line.strip():
            yield number, line if is_whole else None


def _body(line: Optional[bytes]) -> Any:
    if line is None:
        raise ValueError(f"longer than the {BYTES_MAX} bytes of a message")
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON ({error})") from error
    if not isinstance(body, dict):
        raise ValueError("not an object with samples, a burst, an event, or at and signals")
    return {"samples": [body]} if "signals" in body else body


def _password(path: Optional[str]) -> Optional[str]:
    if path is None:
        return os.environ.get("ROADSTREAM_PASSWORD")
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


if __name__ == "__main__":
    sys.exit(main())
