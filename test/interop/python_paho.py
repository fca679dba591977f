"""Scenarios for the gateway with Python's paho-mqtt. Every scenario prints one line of JSON when it is over.

python3 python_paho.py PORT VERSION             VERSION is 311 or 5; the gateway on PORT of 127.0.0.1 admits everyone
python3 python_paho.py PORT VERSION --refused   the gateway admits the vehicle acme/car-1 with the password in PASSWORD

Whenever time has to pass, it says so by a line, and the reader, who owns the gateway's clock, answers with one.
"""
import json
import os
import queue
import sys
import traceback

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

port, version = int(sys.argv[1]), sys.argv[2]
is_five = version == "5"
patience_s = 20


def say(**fields):
    print(json.dumps(fields), flush=True)


def properties(packet, **values):
    if not is_five:
        return None
    found = Properties(packet)
    for name, value in values.items():
        setattr(found, name, value)
    return found


class Client:
    """A client whose callbacks fill queues, so that a scenario reads from top to bottom."""

    def __init__(self, client_id, clean=True, expiry_s=0, username=None, password=None, will=None, **connect_properties):
        protocol = mqtt.MQTTv5 if is_five else mqtt.MQTTv311
        options = {} if is_five else {"clean_session": clean}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol, reconnect_on_failure=False, **options)
        self.connacks, self.messages, self.subacks, self.disconnects = (queue.Queue() for _ in range(4))
        self.client.on_connect = lambda _c, _u, flags, reason, props: self.connacks.put((flags, reason, props))
        self.client.on_message = lambda _c, _u, message: self.messages.put(message)
        self.client.on_subscribe = lambda _c, _u, _id, reasons, _props: self.subacks.put(reasons)
        self.client.on_disconnect = lambda _c, _u, _flags, reason, _props: self.disconnects.put(reason)
        if username is not None:
            self.client.username_pw_set(username, password)
        if will is not None:
            self.client.will_set(*will)
        if is_five:
            wanted = properties(PacketTypes.CONNECT, SessionExpiryInterval=expiry_s, **connect_properties)
            self.client.connect("127.0.0.1", port, clean_start=clean, properties=wanted)
        else:
            self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.flags, self.reason, self.properties = self.connacks.get(timeout=patience_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.disconnect()
        self.client.loop_stop()

    def lose(self):
        """Ends the connection without a word."""
        self.client.loop_stop()
        self.client.socket().close()

    def subscribe(self, *filters, qos=2, identifier=None):
        wanted = properties(PacketTypes.SUBSCRIBE, **({} if identifier is None else {"SubscriptionIdentifier": identifier}))
        if is_five:
            self.client.subscribe([(each, SubscribeOptions(qos=qos)) for each in filters], properties=wanted)
        else:
            self.client.subscribe([(each, qos) for each in filters])
        return [code.value for code in self.subacks.get(timeout=patience_s)]

    def publish(self, topic, payload, qos=1, retain=False, **values):
        sent = self.client.publish(topic, payload, qos, retain, properties(PacketTypes.PUBLISH, **values))
        sent.wait_for_publish(patience_s)
        assert sent.is_published(), "no acknowledgement"

    def next(self):
        return self.messages.get(timeout=patience_s)

    def has_nothing_else(self):
        """A message of its own comes back behind whatever else there is."""
        self.subscribe("fence/" + version)
        self.publish("fence/" + version, b"fence")
        assert self.next().payload == b"fence"


def seen(message):
    return (message.topic, bytes(message.payload), message.qos, message.retain)


def every_qos_both_ways():
    with Client("py-in") as receiver, Client("py-out") as sender:
        assert receiver.subscribe("qos/#") == [2]
        payloads = [b"", b"\x00\xff\xfe", "käfer".encode()]
        for qos in range(3):
            for payload in payloads:
                sender.publish("qos/%d" % qos, payload, qos)
        for qos in range(3):
            for payload in payloads:
                assert seen(receiver.next()) == ("qos/%d" % qos, payload, qos, False)
        for granted in range(2):
            with Client("py-low-%d" % granted) as low:
                assert low.subscribe("low", qos=granted) == [granted]
                sender.publish("low", b"x", 2)
                assert low.next().qos == granted


def retained():
    with Client("py-keeper") as keeper:
        keeper.publish("kept/a", b"1", 1, retain=True)
        keeper.publish("kept/a", b"2", 2, retain=True)
    with Client("py-late") as late:
        late.subscribe("kept/+")
        assert seen(late.next()) == ("kept/a", b"2", 2, True)
        late.publish("kept/a", b"", 1, retain=True)
        assert late.next().retain is False
    with Client("py-later") as later:
        later.subscribe("kept/+")
        later.has_nothing_else()


def will():
    with Client("py-heir") as heir:
        heir.subscribe("will/#")
        Client("py-mortal", will=("will/of", b"gone", 1, False)).lose()
        assert seen(heir.next()) == ("will/of", b"gone", 1, False)
        with Client("py-polite", will=("will/of", b"never", 1, False)):
            pass
        heir.has_nothing_else()


def session_that_lasts():
    with Client("py-away", clean=False, expiry_s=600) as away:
        assert not away.flags.session_present
        away.subscribe("away/#", qos=2)
    with Client("py-caller") as caller:
        for count in range(10):
            caller.publish("away/%d" % (count % 3), b"%d" % count, 1 + count % 2)
    with Client("py-away", clean=False, expiry_s=600) as away:
        assert away.flags.session_present
        got = [seen(away.next()) for _ in range(10)]
        # paho-mqtt hands QoS 2 messages out at PUBREL, so their order holds among themselves.
        for qos in (1, 2):
            wanted = [("away/%d" % (count % 3), b"%d" % count, qos, False) for count in range(10) if 1 + count % 2 == qos]
            assert [message for message in got if message[2] == qos] == wanted, got
    with Client("py-away", clean=True) as away:
        assert not away.flags.session_present


def shared_subscription():
    with Client("py-one") as one, Client("py-two") as two, Client("py-giver") as giver:
        for member in (one, two):
            assert member.subscribe("$share/workers/jobs/#") == [2]
        for count in range(20):
            giver.publish("jobs/x", b"%d" % count)
        got = []
        for member in (one, two):
            member.subscribe("fence/share")
        giver.publish("fence/share", b"fence")
        for member in (one, two):
            while True:
                payload = member.next().payload
                if payload == b"fence":
                    break
                got.append(int(payload))
        assert sorted(got) == list(range(20)), got


def large_payloads():
    payload = bytes(range(256)) * 1000
    with Client("py-large") as client:
        client.subscribe("large")
        for qos in range(3):
            client.publish("large", payload, qos)
            assert bytes(client.next().payload) == payload


def request_and_response():
    with Client("py-asker") as asker, Client("py-answerer") as answerer:
        asker.subscribe("answers/py", identifier=77)
        answerer.subscribe("questions")
        asked = {"ResponseTopic": "answers/py", "CorrelationData": b"\x00\x01\xff", "ContentType": "text/plain", "PayloadFormatIndicator": 1}
        asker.publish("questions", "wie spät?".encode(), UserProperty=[("a", "1"), ("a", "2"), ("ключ", "")], **asked)
        question = answerer.next().properties
        assert question.UserProperty == [("a", "1"), ("a", "2"), ("ключ", "")], question.UserProperty
        for name, value in asked.items():
            assert getattr(question, name) == value, name
        answerer.publish(question.ResponseTopic, b"late", CorrelationData=question.CorrelationData)
        answer = asker.next()
        assert (answer.topic, answer.properties.CorrelationData) == ("answers/py", b"\x00\x01\xff")
        assert answer.properties.SubscriptionIdentifier == [77]


def message_expiry():
    with Client("py-sleeper", clean=False, expiry_s=600) as sleeper:
        sleeper.subscribe("news")
    with Client("py-herald") as herald:
        herald.publish("news", b"stale", MessageExpiryInterval=5)
        herald.publish("news", b"fresh", MessageExpiryInterval=60)
    say(passes=10)
    sys.stdin.readline()
    with Client("py-sleeper", clean=False, expiry_s=0) as sleeper:
        message = sleeper.next()
        assert (message.payload, message.properties.MessageExpiryInterval) == (b"fresh", 50), message.properties
        sleeper.has_nothing_else()


def topic_aliases():
    with Client("py-alias") as client:
        assert client.properties.TopicAliasMaximum > 0
        client.subscribe("a/long/topic")
        client.publish("a/long/topic", b"1", TopicAlias=1)
        client.publish("", b"2", TopicAlias=1)
        assert [seen(client.next())[:2] for _ in range(2)] == [("a/long/topic", b"1"), ("a/long/topic", b"2")]


def assigned_client_id():
    with Client("") as client:
        assert client.properties.AssignedClientIdentifier != ""


def refused():
    own = {"username": "acme/car-1", "password": os.environ["PASSWORD"]}
    stranger = Client("acme/car-1", username="acme/car-1", password="wrong")
    # paho-mqtt gives the codes of 3.1.1 as those of MQTT 5.
    assert stranger.reason.value == 0x86, stranger.reason
    stranger.client.loop_stop()
    with Client("acme/car-1", **own) as car:
        assert car.reason.value == 0
        assert car.subscribe("v1/acme/car-2/down/#", "v1/acme/car-1/down/#", qos=1) == [0x87 if is_five else 0x80, 1]
        codes = queue.Queue()
        car.client.on_publish = lambda _c, _u, _id, reason, _props: codes.put(reason.value)
        if is_five:
            own_topic = "v1/acme/car-1/up/event"
            refusals = [("v1/acme/car-2/up/event", b"no message", 0x87), (own_topic, b"no message", 0x99), (own_topic, bytes(300_000), 0x97)]
            for topic, payload, code in refusals:
                car.client.publish(topic, payload, 1)
                assert codes.get(timeout=patience_s) == code, topic
            car.client.publish(own_topic, bytes(1_100_000), 1)
            assert car.disconnects.get(timeout=patience_s).value == 0x95
        else:
            car.client.publish("v1/acme/car-2/up/event", b"x", 1)
            assert car.disconnects.get(timeout=patience_s) is not None
            assert codes.empty()


both = [every_qos_both_ways, retained, will, session_that_lasts, shared_subscription, large_payloads]
of_five = [request_and_response, message_expiry, topic_aliases, assigned_client_id]
scenarios = [refused] if "--refused" in sys.argv else both + of_five if is_five else both

for scenario in scenarios:
    name = scenario.__name__.replace("_", " ")
    try:
        scenario()
        say(scenario=name, outcome="passed")
    except Exception:
        say(scenario=name, outcome="failed", reason=traceback.format_exc())
