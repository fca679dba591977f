"""What a vehicle has said and the server has not yet acknowledged, in SQLite: in a file, or in memory. Invariants:

- a message leaves by acknowledgement, refusal or a counted drop, once, and by nothing else;
- within a stream messages go out in the order they came in;
- there are never more than `messages_max`, nor more than `bytes_max` bytes of payload;
- a message is never dropped while a less important one could be;
- what `put` took survives the process: it is committed before `put` returns.
"""
from __future__ import annotations

import logging
import sqlite3
import threading
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Set

from .limits import Limits

log = logging.getLogger("roadstream")

#: The first to go out and the last to be dropped comes first.
STREAMS = ("critical", "result", "event", "session", "snapshot", "telemetry")


class OutboxError(OSError):
    """The buffer's file cannot be used: the text names it, why, and what to do."""


class Taken(NamedTuple):
    """A message that was taken: its name in the ledger, and whether something was dropped for want of room, perhaps this message itself."""

    boot: str
    stream: str
    seq: int
    displaced: bool


class Stats(NamedTuple):
    """`sent` = `acknowledged` + `refused` + `dropped` + `pending`, at every moment; what the file still held counts as sent."""

    sent: int
    acknowledged: int
    #: The server keeps it as a dead letter (reason code from 0x80), or it is larger than the server takes.
    refused: int
    dropped: int
    pending: int
    pending_bytes: int
    #: How often another client signed in with this vehicle's id and so ended the connection.
    taken_over: int


class Entry(NamedTuple):
    id: int
    stream: str
    payload: bytes


class Outbox:
    """Safe for any number of threads; a file is safe against a second process. Raises an OutboxError where the file cannot be opened."""

    def __init__(self, path: Optional[str], boot: str, limits: Limits) -> None:
        self._name = path or ":memory:"
        self._boot = boot
        self._limits = limits
        self._seqs: Dict[str, int] = dict.fromkeys(STREAMS, 0)
        self._in_flight: Set[int] = set()
        #: Settled, and still in the file, because the disk took no more.
        self._settled: Set[int] = set()
        self._changed = threading.Condition(threading.RLock())
        self._is_stopped = False
        self._unsynced_since: Optional[float] = None
        self._sent = self._acknowledged = self._refused = self._dropped = self._pending = self._pending_bytes = self._last_id = 0
        try:
            self._db = sqlite3.connect(self._name, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                self._open()
            except sqlite3.Error:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise OutboxError(
                f"{self._name}: {error}. Another process may have this vehicle open, or the folder cannot be written; "
                "a file that is damaged must be moved away, with what it held"
            ) from error

    def _open(self) -> None:
        # The lock is the file's, and goes with the process. With WAL a commit is a write without a sync, and a checkpoint syncs.
        for statement in (
            "PRAGMA locking_mode=EXCLUSIVE",
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=NORMAL",
            "BEGIN EXCLUSIVE",
            "CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, rank INTEGER NOT NULL, payload BLOB NOT NULL)",
            "CREATE INDEX IF NOT EXISTS message_order ON message (rank, id)",
            "COMMIT",
        ):
            self._db.execute(statement)
        totals = "SELECT count(*), coalesce(sum(length(payload)), 0), coalesce(max(id), 0) FROM message"
        self._pending, self._pending_bytes, self._last_id = map(int, self._db.execute(totals).fetchone())
        self._sent = self._pending
        self._make_room(-1, 0, 0)

    def put(self, stream: str, encode: Callable[[str, int], bytes], wait_s: float) -> Taken:
        """Takes a message whose bytes `encode(boot, seq)` gives. Where there is no room it waits for up to `wait_s` seconds, and then something is
        dropped. Raises what `encode` raises, and an OutboxError where the disk takes nothing: then the message was not taken, nor
        its number. A RuntimeError once stopped."""
        rank = STREAMS.index(stream)
        until = time.monotonic() + wait_s
        with self._changed:
            while True:
                if self._is_stopped:
                    raise RuntimeError("the vehicle is closed: nothing can be sent any more")
                seq = self._seqs[stream]
                payload = encode(self._boot, seq)
                remaining_s = until - time.monotonic()
                can_fit = len(payload) <= self._limits.bytes_max
                if self._has_room(1, len(payload)) or not can_fit or remaining_s <= 0:
                    break
                self._changed.wait(min(remaining_s, 3600))
            before = (self._pending, self._pending_bytes, self._dropped, self._unsynced_since)
            try:
                self._db.execute(f"PRAGMA synchronous={'FULL' if self._must_sync(stream) else 'NORMAL'}")
                self._db.execute("BEGIN")
                is_kept = can_fit and self._make_room(rank, 1, len(payload))
                if is_kept:
                    self._last_id += 1
                    self._db.execute("INSERT INTO message (id, rank, payload) VALUES (?, ?, ?)", (self._last_id, rank, payload))
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                self._pending, self._pending_bytes, self._dropped, self._unsynced_since = before
                raise OutboxError(f"{self._name}: {error}. Nothing was taken; make room on the disk") from error
            self._seqs[stream] = seq + 1
            self._sent += 1
            if is_kept:
                self._pending += 1
                self._pending_bytes += len(payload)
            else:
                self._dropped += 1
            return Taken(self._boot, stream, seq, self._dropped > before[2])

    def take(self, window: int) -> List[Entry]:
        """The next messages to send, at most so many that `window` are in flight."""
        with self._changed:
            count = window - len(self._in_flight)
            if count <= 0 or self._pending == 0:
                return []
            passed = self._in_flight | self._settled
            ids = [id for (id,) in self._db.execute("SELECT id FROM message ORDER BY rank, id LIMIT ?", (count + len(passed),))]
            entries = []
            for id in [id for id in ids if id not in passed][:count]:
                rank, payload = self._db.execute("SELECT rank, payload FROM message WHERE id = ?", (id,)).fetchone()
                entries.append(Entry(id, STREAMS[rank], payload))
                self._in_flight.add(id)
            return entries

    def settle(self, id: int, stored: bool) -> None:
        """The server has the message stored (`stored`), or stored as refused."""
        with self._changed:
            self._in_flight.discard(id)
            row = self._db.execute("SELECT length(payload) FROM message WHERE id = ?", (id,)).fetchone()
            if row is None:
                # Dropped while it was on its way, and it arrived all the same.
                self._dropped -= stored
                self._acknowledged += stored
                return
            if stored:
                self._acknowledged += 1
            else:
                self._refused += 1
            self._settled.add(id)
            self._forget()
            self._pending -= 1
            self._pending_bytes -= row[0]
            self._changed.notify_all()

    def postpone(self, id: int) -> None:
        """The server has no room now: the message waits again, in its old place."""
        with self._changed:
            self._in_flight.discard(id)

    def wait_empty(self, timeout_s: float) -> bool:
        """Waits until nothing is pending; False after `timeout_s` seconds, or when stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending == 0 or self._is_stopped, timeout_s)
            return self._pending == 0

    def stop(self) -> None:
        """Nothing is put any more, and who waits is let go."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def sync(self) -> None:
        """Syncs what was put longer than `sync_s` ago and is not yet synced; to be called now and then."""
        with self._changed:
            if self._settled:
                self._forget()
            if self._unsynced_since is None or time.monotonic() - self._unsynced_since < self._limits.sync_s:
                return
            try:
                # A commit that syncs takes what was committed before it along.
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.execute("PRAGMA user_version=1")
                self._unsynced_since = None
            except sqlite3.Error as error:
                log.error("%s: %s; what was sent lately would not survive a power cut", self._name, error)

    def stats(self, taken_over: int) -> Stats:
        with self._changed:
            return Stats(self._sent, self._acknowledged, self._refused, self._dropped, self._pending, self._pending_bytes, taken_over)

    def close(self) -> None:
        with self._changed:
            self._db.close()

    def _forget(self) -> None:
        try:
            self._db.execute("PRAGMA synchronous=NORMAL")
            for id in list(self._settled):
                self._db.execute("DELETE FROM message WHERE id = ?", (id,))
                self._settled.discard(id)
        except sqlite3.Error as error:
            # Tried again later. In a next run it would be sent again, which (boot, seq) shows.
            log.error("%s: %s; what is acknowledged stays in it", self._name, error)

    def _must_sync(self, stream: str) -> bool:
        now = time.monotonic()
        since = self._unsynced_since if self._unsynced_since is not None else now
        must = stream == "critical" or now - since >= self._limits.sync_s
        self._unsynced_since = None if must else since
        return must

    def _has_room(self, messages: int, size: int) -> bool:
        return self._pending + messages <= self._limits.messages_max and self._pending_bytes + size <= self._limits.bytes_max

    def _make_room(self, rank: int, messages: int, size: int) -> bool:
        """Drops the oldest message of the least important stream, while there is one that is not more important than `rank`. What waits goes before what
        is in flight, which most likely arrived; and nothing in flight makes room for its own stream."""
        while not self._has_room(messages, size):
            limit = len(self._in_flight) + len(self._settled) + 1
            query = "SELECT id, rank, length(payload) FROM message WHERE rank >= ? ORDER BY rank DESC, id LIMIT ?"
            rows = [row for row in self._db.execute(query, (rank, limit)) if row[0] not in self._settled]
            waiting = [row for row in rows if row[1] == rows[0][1] and row[0] not in self._in_flight]
            if not rows or (not waiting and rows[0][1] == rank):
                return False
            id, _, length = (waiting or rows)[0]
            self._db.execute("DELETE FROM message WHERE id = ?", (id,))
            self._pending -= 1
            self._pending_bytes -= length
            self._dropped += 1
        return True
