"""The buffer against a plain model of it, and what of it outlives the process."""
import os
import random
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from roadstream.limits import Limits
from roadstream.outbox import STREAMS, Outbox, OutboxError

BOOT = "00000000000000b1"


def sized(size):
    return lambda boot, seq: f"{boot}/{seq}".encode().ljust(size, b".")


class Model:
    """What vehicle-sdk.md says of a full buffer, in lists."""

    def __init__(self, messages_max, bytes_max):
        self.messages_max, self.bytes_max = messages_max, bytes_max
        self.rows = []  # [rank, age, payload, is in flight], and those dropped in flight
        self.lost = []
        self.age = 0
        self.dropped = 0

    def has_room(self, size):
        return len(self.rows) < self.messages_max and sum(len(row[2]) for row in self.rows) + size <= self.bytes_max

    def put(self, rank, payload):
        self.age += 1
        while len(payload) <= self.bytes_max and not self.has_room(len(payload)):
            least = max((row[0] for row in self.rows), default=-1)
            candidates = [row for row in self.rows if row[0] == least]
            waiting = [row for row in candidates if not row[3]]
            if least < rank or (not waiting and least == rank):
                break
            victim = (waiting or candidates)[0]
            self.rows.remove(victim)
            if victim[3]:
                self.lost.append(victim)
            self.dropped += 1
        if self.has_room(len(payload)):
            self.rows.append([rank, self.age, payload, False])
        else:
            self.dropped += 1

    def take(self, window):
        count = window - sum(row[3] for row in self.rows) - len(self.lost)
        taken = sorted((row for row in self.rows if not row[3]), key=lambda row: row[:2])[: max(0, count)]
        for row in taken:
            row[3] = True
        return taken


class AgainstTheModel(unittest.TestCase):
    def test_whatever_is_put_taken_settled_and_postponed_the_buffer_is_as_it_should_be(self):
        seed = int(os.environ.get("SEED", random.randrange(10**9)))
        for run in range(60):
            with self.subTest(seed=seed, run=run):
                self.one_run(random.Random(seed + run))

    def one_run(self, draw):
        limits = Limits(messages_max=draw.randint(1, 12), bytes_max=1024, in_flight_max=draw.randint(1, 6))
        outbox, model = Outbox(None, BOOT, limits), Model(limits.messages_max, 1024)
        flying = []
        acknowledged = refused = sent = 0
        for _ in range(200):
            what = draw.random()
            if what < 0.5:
                stream = draw.choice(STREAMS)
                size = draw.choice((40, 100, 400, 1024, 1100))
                taken = outbox.put(stream, sized(size), 0)
                model.put(STREAMS.index(stream), sized(size)(BOOT, taken.seq))
                sent += 1
            elif what < 0.7:
                entries, rows = outbox.take(limits.in_flight_max), model.take(limits.in_flight_max)
                self.assertEqual([(entry.stream, entry.payload) for entry in entries], [(STREAMS[row[0]], row[2]) for row in rows])
                flying += zip(entries, rows)
            elif flying:
                entry, row = flying.pop(draw.randrange(len(flying)))
                is_lost, outcome = row in model.lost, draw.choice(("stored", "refused", "postponed"))
                if outcome == "postponed":
                    outbox.postpone(entry.id)
                    row[3] = False
                else:
                    outbox.settle(entry.id, outcome == "stored")
                    acknowledged += outcome == "stored"
                    refused += outcome == "refused" and not is_lost
                    model.dropped -= is_lost and outcome == "stored"
                    if not is_lost:
                        model.rows.remove(row)
                if is_lost:
                    model.lost.remove(row)
            stats = outbox.stats(0)
            size = sum(len(row[2]) for row in model.rows)
            self.assertEqual(stats, (sent, acknowledged, refused, model.dropped, len(model.rows), size, 0))
            self.assertEqual(stats.sent, stats.acknowledged + stats.refused + stats.dropped + stats.pending)
        outbox.close()


class InAFile(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "acme,car-1.sqlite")

    def tearDown(self):
        self.folder.cleanup()

    def test_what_put_took_outlives_a_process_that_ends_without_a_word(self):
        program = f"""
import os
from roadstream.limits import Limits
from roadstream.outbox import Outbox
outbox = Outbox({self.path!r}, "{BOOT}", Limits())
for number in range(50):
    outbox.put(("telemetry", "event")[number % 2], lambda boot, seq: b"%d" % seq, 0)
outbox.settle(outbox.take(1)[0].id, True)
os.kill(os.getpid(), 9)
"""
        subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[1], check=False)
        outbox = Outbox(self.path, "00000000000000b2", Limits())
        self.assertEqual(outbox.stats(0).pending, 49)
        entries = outbox.take(100)
        self.assertEqual([entry.payload for entry in entries], [b"%d" % seq for seq in [*range(1, 25), *range(25)]])
        self.assertEqual([entry.stream for entry in entries], ["event"] * 24 + ["telemetry"] * 25)
        outbox.close()

    def test_a_file_that_another_has_open_or_that_is_none_is_refused_by_its_name(self):
        outbox = Outbox(self.path, BOOT, Limits())
        self.assertRaisesRegex(OutboxError, "acme,car-1.sqlite: .*Another process", Outbox, self.path, BOOT, Limits())
        outbox.close()
        Path(self.path).write_bytes(b"no database, whatever it says" * 100)
        self.assertRaisesRegex(OutboxError, "acme,car-1.sqlite: .*moved away", Outbox, self.path, BOOT, Limits())

    def test_on_a_full_disk_nothing_is_taken_and_no_number_is_lost(self):
        outbox = Outbox(self.path, BOOT, Limits(messages_max=3))
        outbox.put("telemetry", sized(40), 0)
        # SQLite says of this bound what it says of a full disk.
        outbox._db.execute("PRAGMA max_page_count=4")
        before = outbox.stats(0)
        self.assertRaisesRegex(OutboxError, "acme,car-1.sqlite: .*make room on the disk", outbox.put, "telemetry", sized(100_000), 0)
        self.assertEqual(outbox.stats(0), before)
        outbox._db.execute("PRAGMA max_page_count=10000")
        self.assertEqual(outbox.put("telemetry", sized(100_000), 0).seq, 1)
        self.assertEqual(len(outbox.take(9)), 2)
        outbox.close()

    def test_a_folder_that_is_none_is_told_by_the_name_of_the_file(self):
        self.assertRaisesRegex(OutboxError, "nowhere", Outbox, os.path.join(self.folder.name, "nowhere", "x.sqlite"), BOOT, Limits())

    def test_over_the_limits_of_a_later_run_the_usual_policy_drops(self):
        outbox = Outbox(self.path, BOOT, Limits())
        for stream in ("telemetry", "critical", "telemetry", "event"):
            outbox.put(stream, sized(40), 0)
        outbox.close()
        outbox = Outbox(self.path, BOOT, Limits(messages_max=2))
        self.assertEqual([entry.stream for entry in outbox.take(9)], ["critical", "event"])
        self.assertEqual(outbox.stats(0), (4, 0, 0, 2, 2, 80, 0))
        outbox.close()


class Waiting(unittest.TestCase):
    def test_put_waits_for_room_and_drops_nothing(self):
        outbox = Outbox(None, BOOT, Limits(messages_max=2))
        sender = threading.Thread(target=lambda: [outbox.put("telemetry", sized(40), 60) for _ in range(100)])
        sender.start()
        seen = []
        while len(seen) < 100:
            for entry in outbox.take(1):
                seen.append(entry.payload)
                outbox.settle(entry.id, True)
        sender.join()
        self.assertEqual(seen, [sized(40)(BOOT, seq) for seq in range(100)])
        self.assertEqual(outbox.stats(0)[:4], (100, 100, 0, 0))
        outbox.close()

    def test_who_waits_is_let_go_by_stop(self):
        outbox = Outbox(None, BOOT, Limits(messages_max=1))
        outbox.put("telemetry", sized(40), 0)
        errors = []

        def wait():
            try:
                outbox.put("telemetry", sized(40), 3600)
            except RuntimeError as error:
                errors.append(str(error))

        threads = [threading.Thread(target=wait), threading.Thread(target=lambda: outbox.wait_empty(3600))]
        for thread in threads:
            thread.start()
        outbox.stop()
        for thread in threads:
            thread.join()
        self.assertEqual(len(errors), 1)
        outbox.close()
