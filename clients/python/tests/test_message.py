"""Bodies against the test vectors that the server's parser is held against too."""
import json
import math
import unittest
from pathlib import Path

from roadstream.message import BYTES_MAX, encode

BOOT = "9f86d081884c7d65"
AT = 1_764_338_400_000
VECTORS = json.loads((Path(__file__).parents[2] / "test-vectors.json").read_text(encoding="utf-8"))["vectors"]


def instants(message):
    return [message.get("at"), message.get("burst", {}).get("at")] + [sample.get("at") for sample in message.get("samples", [])]


def columns_differ(message):
    return len({len(column) for column in message.get("burst", {}).get("signals", {}).values()}) > 1


class Vectors(unittest.TestCase):
    def test_what_the_server_takes_whole_is_sent_as_it_is_and_what_it_refuses_is_not_sent(self):
        sent = refused = 0
        for vector in VECTORS:
            try:
                message = json.loads(vector.get("text", "").ljust(vector.get("padTo", 0)))
            except ValueError:
                continue
            if not isinstance(message, dict) or message.get("boot") != BOOT:
                continue
            body = {name: value for name, value in message.items() if name not in ("boot", "seq")}
            with self.subTest(vector["name"]):
                if vector.get("refused") in ("samples", "burst", "event"):
                    refused += 1
                    self.assertRaises(ValueError, encode, BOOT, 7, body)
                elif "taken" in vector and "setAside" not in vector["taken"] and "NaN" not in vector["text"] and not columns_differ(message):
                    if all(at is None or isinstance(at, int) for at in instants(message)):
                        sent += 1
                        self.assertEqual(json.loads(encode(BOOT, message["seq"], body)), message)
        self.assertGreater(sent, 15)
        self.assertGreater(refused, 4)


class Bodies(unittest.TestCase):
    def test_what_is_no_body_is_told_by_its_field(self):
        signals = {"Vehicle.Speed": 1}
        for field, body in (
            ("body", {}),
            ("body.speed", {"speed": 1}),
            ("body.samples", {"samples": []}),
            ("body.samples[1]", {"samples": [{"at": AT, "signals": {}}, 7]}),
            ("body.samples[0].at", {"samples": [{"at": AT + 0.5, "signals": signals}]}),
            ("body.samples[0].at", {"samples": [{"at": True, "signals": signals}]}),
            ("body.samples[0].clock", {"samples": [{"at": AT, "signals": signals, "clock": "gps"}]}),
            ("body.burst.clock", {"burst": {"at": AT, "every": 10, "clock": None, "signals": {"Vehicle.Speed": [1]}}}),
            ("body.event", {"event": "Sos", "at": AT}),
            ("body.event", {"event": "sos\n", "at": AT}),
            ("body.at", {"event": "sos"}),
            ("body.data", {"event": "sos", "at": AT, "data": []}),
            ("body.samples", {"event": "sos", "at": AT, "samples": []}),
            ("body.burst.every", {"burst": {"at": AT, "every": math.nan, "signals": {"Vehicle.Speed": [1]}}}),
            ("body.burst.signals", {"burst": {"at": AT, "every": 10, "signals": {"Vehicle.Speed": [1], "Vehicle.IsMoving": [True, True]}}}),
            ("body", {"burst": {"at": AT, "every": 10, "signals": {"Vehicle.Speed": [1] * 1001}}}),
            ("body", {"samples": [{"at": AT, "signals": {"Vehicle.X": "x" * BYTES_MAX}}]}),
        ):
            with self.subTest(field):
                with self.assertRaises(ValueError) as raised:
                    encode(BOOT, 0, body)
                self.assertTrue(str(raised.exception).startswith(f"{field}:"), raised.exception)

    def test_not_a_number_is_a_value_that_is_not_there(self):
        body = {"samples": [{"at": AT, "signals": {"Vehicle.Speed": math.nan, "Vehicle.X": -math.inf, "Vehicle.Y": "NaN"}}]}
        self.assertEqual(json.loads(encode(BOOT, 0, body))["samples"][0]["signals"], {"Vehicle.Speed": None, "Vehicle.X": None, "Vehicle.Y": "NaN"})
