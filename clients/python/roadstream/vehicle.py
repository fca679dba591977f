"""The vehicle: what a car's unit embeds to speak to Roadstream.

                  CONNACK                 lost, refused, timeout
    connecting ------------> online ----------------------------> waiting --(full jitter)--> connecting      any --close--> closed

Invariants: a message is sent again until the server acknowledged it with its (boot, seq), unless the buffer was full and its policy dropped it, which is
counted; a boot is new for every run, so a seq never comes twice within one. One thread of its own owns the connection; whatever paho-mqtt calls back, it
calls back there.
"""
from __future__ import annotations

import logging
import os
import random
import re
import secrets
import selectors
import socket
import ssl
import threading
import time
from typing import Any, Callable, Dict, Mapping, Optional
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from .limits import Limits
from .message import encode
from .outbox import STREAMS, Outbox, Stats, Taken

log = logging.getLogger("roadstream")

#: Tenant and vehicle, as the server has them.
_name_pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
#: MQTT 5 reason codes: of a PUBACK, the server's quota is used up for now; of a DISCONNECT, another client signed in with this client's id.
_quota_exceeded, _taken_over = 0x97, 0x8E
#: A connection that held this long starts the waits anew; a shorter one is a server in trouble.
_stable_s = 10.0


class Vehicle:
    """Connects in the background, again and again, until it is closed; `with Vehicle(…) as car` closes it. Safe for any number of threads.

    `url` is mqtt://host:port, or mqtts://host:port for TLS; port 1883 or 8883 when it is left out. `ca`, `cert` and `key` are paths of PEM files, with mqtts:
    who signed the server's certificate (the system's authorities when left out), and the vehicle's own certificate and key, with which it needs no password.
    `folder` is where unacknowledged messages survive the process; without one they live in memory. `on_down(channel, payload)` hears commands, configs and
    notices, `on_state(state)` each state; both are called on the connection's thread, which waits for them.

    Raises a ValueError that names what is wrong of these, an OSError where a file or the buffer cannot be used."""

    def __init__(
        self,
        url: str,
        tenant: str,
        vehicle: str,
        *,
        password: Optional[str] = None,
        ca: Optional[str] = None,
        cert: Optional[str] = None,
        key: Optional[str] = None,
        folder: Optional[str] = None,
        limits: Limits = Limits(),
        on_down: Optional[Callable[[str, bytes], None]] = None,
        on_state: Optional[Callable[[str], None]] = None,
    ) -> None:
        for name, value in (("tenant", tenant), ("vehicle", vehicle)):
            if _name_pattern.fullmatch(value) is None:
                raise ValueError(f"{name}: {value!r} is not 1 to 63 letters, digits, '.', '_' and '-', beginning with a letter or digit")
        if not password and cert is None:
            raise ValueError("password: a vehicle needs its password, or a certificate; the registry of the fleet gives it")
        self.boot = secrets.token_hex(8)
        self._topic = f"v1/{tenant}/{vehicle}"
        self._limits = limits
        self._on_down, self._on_state = on_down, on_state
        self._client = self._open_client(url, f"{tenant}/{vehicle}", password, ca, cert, key)
        if folder is not None:
            os.makedirs(folder, exist_ok=True)
        self._outbox = Outbox(None if folder is None else os.path.join(folder, f"{tenant},{vehicle}.sqlite"), self.boot, limits)
        self._state = "connecting"
        self._trouble: Optional[str] = None
        #: The packet identifiers in flight, and the messages they are of; paho-mqtt sends them again, first and in their order, on the next connection.
        self._ids: Dict[int, int] = {}
        self._receive_max, self._packet_max = 1, 0
        self._online_at: Optional[float] = None
        self._attempt = self._take_overs = self._postponed = self._taken_over = 0
        self._was_taken_over = False
        self._refusal: Optional[str] = None
        self._retry_at = 0.0
        self._is_closing = threading.Event()
        self._is_woken = False
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._thread = threading.Thread(target=self._serve, name=f"roadstream {tenant}/{vehicle}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> str:
        return self._state

    @property
    def trouble(self) -> Optional[str]:
        """Why the last connection ended; None while online and before the first."""
        return self._trouble

    @property
    def stats(self) -> Stats:
        return self._outbox.stats(self._taken_over)

    def send(self, stream: str, body: Mapping[str, Any], wait_s: float = 0) -> Taken:
        """Takes a message at once and sends it when it can: what it returns of is committed to the buffer. Where the buffer is full it waits for room, up to
        `wait_s` seconds; then the oldest of the least important messages is dropped, which may be this one (`displaced`).

        Raises a ValueError or TypeError for a body that is no message, an OutboxError where the disk takes nothing, a RuntimeError once closed."""
        if stream not in STREAMS:
            raise ValueError(f"stream: {stream!r} is none of {', '.join(STREAMS)}")
        taken = self._outbox.put(stream, lambda boot, seq: encode(boot, seq, body), wait_s)
        self._wake()
        return taken

    def flush(self, timeout_s: float) -> bool:
        """Waits until the server has stored all that was sent; False after `timeout_s` seconds or once closed."""
        return self._outbox.wait_empty(timeout_s)

    def close(self) -> None:
        """Says DISCONNECT and ends the thread; what is not acknowledged stays in the folder. Waits for a connection attempt to come to its end, which
        is at most `answer_timeout_s`, and must not be called from a callback."""
        if self._is_closing.is_set():
            return
        self._outbox.stop()
        self._is_closing.set()
        self._is_woken = False
        self._wake()
        self._thread.join()
        self._outbox.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def __enter__(self) -> "Vehicle":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_client(self, url: str, name: str, password: Optional[str], ca: Optional[str], cert: Optional[str], key: Optional[str]) -> mqtt.Client:
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"url: {url!r} is not of the form mqtt://host:port or mqtts://host:port")
        is_tls = parts.scheme == "mqtts"
        if (ca or cert or key) and not is_tls:
            raise ValueError("ca, cert, key: go with a url that begins with mqtts://")
        if (cert is None) != (key is None):
            raise ValueError("cert, key: go together")
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5, reconnect_on_failure=False)
        client.username_pw_set(name, password or None)
        if is_tls:
            context = ssl.create_default_context(cafile=ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if cert is not None:
                context.load_cert_chain(cert, key)
            client.tls_set_context(context)
        client.connect_timeout = float(self._limits.answer_timeout_s)
        client.max_inflight_messages_set(self._limits.in_flight_max)
        client.on_connect, client.on_disconnect = self._connected, self._disconnected
        client.on_publish, client.on_message, client.on_subscribe = self._acknowledged, self._delivered, self._subscribed
        # A QoS 1 publisher has no session state but its unacknowledged messages, and the buffer holds those: so the server's half of the session (what is
        # queued for the car) is resumed even by a new process.
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._limits.session_expiry_s
        properties.ReceiveMaximum = 16
        properties.MaximumPacketSize = self._limits.downlink_bytes_max
        port = parts.port or (8883 if is_tls else 1883)
        client.connect_async(parts.hostname, port, self._limits.keep_alive_s, clean_start=False, properties=properties)
        return client

    def _serve(self) -> None:
        while not self._is_closing.is_set():
            self._turn("connecting")
            self._online_at, self._was_taken_over, self._refusal = None, False, None
            try:
                self._client.reconnect()
                self._live()
            except (OSError, ValueError) as error:
                self._trouble = f"unreachable: {error}"
            except Exception:
                # A fault of this program must not end the car's only way out.
                log.exception("the connection's thread goes on")
                self._trouble = "a fault, which the log has"
            finally:
                sock = self._client.socket()
                if sock is not None:
                    sock.close()
            if self._is_closing.is_set():
                break
            wait_s = self._wait_s()
            log.info("%s: %s; trying again in %.1f s", self._topic, self._trouble, wait_s)
            self._turn("waiting")
            until = time.monotonic() + wait_s
            while not self._is_closing.wait(max(0.0, min(until - time.monotonic(), 1.0))) and time.monotonic() < until:
                self._outbox.sync()
        self._turn("closed")

    def _live(self) -> None:
        """Serves one connection until it ends."""
        client, began = self._client, time.monotonic()
        sock = client.socket()
        if sock is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            selector.register(sock, selectors.EVENT_READ)
            while client.socket() is sock:
                selector.modify(sock, selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0))
                # What TLS has read already, the system tells nobody of.
                has_read = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
                ready = {found.fileobj: events for found, events in selector.select(0 if has_read else self._idle_s())}
                self._is_woken = False
                if self._wake_reader in ready:
                    self._wake_reader.recv(4096)
                if has_read or ready.get(sock, 0) & selectors.EVENT_READ:
                    client.loop_read()
                if ready.get(sock, 0) & selectors.EVENT_WRITE:
                    client.loop_write()
                client.loop_misc()
                if self._online_at is None and time.monotonic() - began > self._limits.answer_timeout_s:
                    raise TimeoutError("no CONNACK in time")
                if self._is_closing.is_set():
                    return self._end(time.monotonic() + 2)
                self._pump()
                self._outbox.sync()

    def _end(self, until: float) -> None:
        self._client.disconnect()
        while self._client.socket() is not None and self._client.want_write() and time.monotonic() < until:
            self._client.loop_write()

    def _pump(self) -> None:
        """Sends what the window and the server's quota allow."""
        if self._online_at is None or time.monotonic() < self._retry_at:
            return
        for id, stream, payload in self._outbox.take(min(self._limits.in_flight_max, self._receive_max)):
            topic = f"{self._topic}/up/{stream}"
            # Fixed header, topic with its length, packet identifier, no properties.
            if 5 + 2 + len(topic) + 2 + 1 + len(payload) > self._packet_max:
                self._outbox.settle(id, False)
                continue
            sent = self._client.publish(topic, payload, qos=1)
            if sent.rc == mqtt.MQTT_ERR_QUEUE_SIZE:
                self._outbox.postpone(id)
            else:
                self._ids[sent.mid] = id

    def _idle_s(self) -> float:
        """Keep-alive and syncs are looked after once a second."""
        return min(1.0, max(0.0, self._retry_at - time.monotonic())) if self._retry_at > time.monotonic() else 1.0

    def _connected(self, client: mqtt.Client, _: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._refusal = f"refused: {reason}"
            return
        self._receive_max = getattr(properties, "ReceiveMaximum", 65_535)
        self._packet_max = getattr(properties, "MaximumPacketSize", 2**28)
        self._online_at, self._trouble, self._retry_at = time.monotonic(), None, 0.0
        if self._on_down is not None:
            # Retained messages only when the subscription is new, not with every reconnect [MQTT 5, 3.8.3.1].
            client.subscribe(f"{self._topic}/down/#", options=SubscribeOptions(qos=1, retainHandling=1))
        self._turn("online")

    def _disconnected(self, _: mqtt.Client, __: Any, flags: Any, reason: Any, ___: Any) -> None:
        self._trouble = self._refusal or f"{'the server ended it' if flags.is_disconnect_packet_from_server else 'lost'}: {reason}"
        self._was_taken_over = flags.is_disconnect_packet_from_server and reason.value == _taken_over

    def _acknowledged(self, _: mqtt.Client, __: Any, packet_id: int, reason: Any, ___: Any) -> None:
        id = self._ids.pop(packet_id, None)
        if id is None:
            return
        if reason.value == _quota_exceeded:
            self._outbox.postpone(id)
            self._retry_at = time.monotonic() + self._jitter_s(self._postponed)
            self._postponed += 1
            return
        if reason.is_failure:
            log.warning("%s: the server refused a message: %s", self._topic, reason)
        else:
            self._postponed = 0
        self._outbox.settle(id, not reason.is_failure)

    def _delivered(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        channel = message.topic.rsplit("/", 1)[-1]
        if self._on_down is None or channel not in ("command", "config", "notice"):
            return
        try:
            self._on_down(channel, bytes(message.payload))
        except Exception:
            log.exception("%s: on_down raised on a %s: the message is lost", self._topic, channel)

    def _subscribed(self, _: mqtt.Client, __: Any, ___: int, reasons: Any, ____: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                log.error("%s: the server refused the subscription: %s; nothing will reach this vehicle", self._topic, reason)

    def _wait_s(self) -> float:
        limits = self._limits
        held_s = 0.0 if self._online_at is None else time.monotonic() - self._online_at
        if held_s >= _stable_s:
            self._attempt = 0
        # Another client with our id waits at most taken_over_max_s before it comes again: whoever held twice as long is alone.
        if held_s >= 2 * limits.taken_over_max_s:
            self._take_overs = 0
        if not self._was_taken_over:
            self._attempt += 1
            return self._jitter_s(self._attempt - 1)
        self._taken_over += 1
        log.warning("%s: another client signed in with this vehicle's id: only one of them may have it", self._topic)
        span_s = min(limits.taken_over_max_s, limits.taken_over_min_s * 2.0 ** min(self._take_overs, 40))
        self._take_overs += 1
        # Never at once: the least wait is half of the span.
        return span_s * (1 + random.random()) / 2

    def _jitter_s(self, attempt: int) -> float:
        """Full jitter (exponential back-off and jitter, AWS Architecture Blog 2015): spreads a whole fleet that lost one server."""
        return random.random() * min(self._limits.reconnect_max_s, self._limits.reconnect_min_s * 2.0 ** min(attempt, 40))

    def _turn(self, state: str) -> None:
        if state == self._state:
            return
        self._state = state
        if self._on_state is not None:
            try:
                self._on_state(state)
            except Exception:
                log.exception("%s: on_state raised", self._topic)

    def _wake(self) -> None:
        if self._is_woken:
            return
        self._is_woken = True
        try:
            self._wake_writer.send(b"\0")
        except BlockingIOError:
            # There is a wake-up on its way.
            pass
