"""A vehicle of clients/python that does what its standard input says, a JSON value a line, and answers by a line each. The options are in the first argument.

{"send": [STREAM, BODY]}  → {"taken": [BOOT, STREAM, SEQ, DISPLACED]}
{"flush": SECONDS}        → {"flushed": TRUE OR FALSE, "stats": {…}, "trouble": TEXT OR NULL}
{"drive": SECONDS}        sends one message each so often, for ever, with a "taken" for each: of three streams in turn, every tenth a burst

States and what comes from the server are told as they come: {"state": STATE}, {"down": [CHANNEL, TEXT]}.
"""
import json
import sys
import threading
import time

from roadstream import Limits, Vehicle

_line = threading.Lock()


def say(**fields):
    with _line:
        print(json.dumps(fields), flush=True)


def bodies():
    number = 0
    while True:
        number += 1
        now = time.time_ns() // 1_000_000
        signals = {"Vehicle.Speed": number % 50, "Vehicle.LowVoltageSystemState": "ON"}
        if number % 10 == 0:
            yield "telemetry", {"burst": {"at": now - 20, "every": 10, "signals": {"Vehicle.Acceleration.Lateral": [0.1, 0.2, 0.1]}}}
        elif number % 10 == 5:
            yield "event", {"event": "tick", "at": now, "data": {"number": number}}
        elif number % 10 == 7:
            yield "critical", {"event": "tock", "at": now}
        else:
            yield "telemetry", {"samples": [{"at": now, "signals": signals}]}


options = json.loads(sys.argv[1])
options["limits"] = Limits(**options.get("limits", {}))
with Vehicle(**options, on_state=lambda state: say(state=state), on_down=lambda channel, payload: say(down=[channel, payload.decode()])) as car:
    for line in sys.stdin:
        order = json.loads(line)
        if "send" in order:
            say(taken=car.send(*order["send"]))
        elif "flush" in order:
            flushed = car.flush(order["flush"])
            say(flushed=flushed, stats=car.stats._asdict(), trouble=car.trouble)
        elif "drive" in order:
            for stream, body in bodies():
                say(taken=car.send(stream, body, wait_s=3600))
                time.sleep(order["drive"])
