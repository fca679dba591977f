#!/usr/bin/env bash
# A signal named Vehicle.Speed comes out as Vehicle/Speed, and one with a star breaks the subscriber's rules (MQTT, RabbitMQ 3.10.8, Artemis 2.40.0).
#
# Guess: a broker that grew out of AMQP or JMS hands out a topic as it was published, also with dots, stars and colons, which are letters
# like others in MQTT; a retained message comes to whoever subscribes later, by a wildcard too. (Of stars, colons and retained
# messages written down only after the first run.)
# Seen, MQTT 3.1.1: RabbitMQ turns each dot of a topic into a slash and each star into a plus. VSS names have dots: cars/17/Vehicle.Speed
# arrives as cars/17/Vehicle/Speed, one level deeper, so that a filter cars/+/+ misses it, cars/17/v1.2/x has a version "v1" and a level "2", and two signals
# may become one. A star comes as cars/17/+/x, a topic that MQTT forbids. Retained ones come only to a subscription of their very
# topic: cars/+/state shows nothing of a car that is parked. Artemis keeps dots and stars, and answers a publication to
# cars/17/a::b with success, but no subscriber gets it (:: parts address and queue there). Mosquitto hands out all as they are.
# So: name topics with letters, digits, hyphens and slashes, and turn the dots of signals into slashes before publishing.
#
# Needs: java 17, mvn, python3 with pip, rabbitmq-server (Debian 12: 3.10.8), mosquitto, five loopback ports. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
pids=()
mapper=
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; [ -z "$mapper" ] || ERL_EPMD_PORT=$mapper epmd -kill >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python paho-mqtt==2.1.0 2>/dev/null
mkdir artemis && cat > artemis/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.activemq</groupId><artifactId>artemis-mqtt-protocol</artifactId><version>2.40.0</version></dependency>
<dependency><groupId>org.apache.activemq</groupId><artifactId>artemis-server</artifactId><version>2.40.0</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency></dependencies></project>
P
(cd artemis && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs >/dev/null)
cat > Artemis.java <<'P'
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl; import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
public class Artemis { public static void main(String[] port) throws Exception {
  var configuration = new ConfigurationImpl().setPersistenceEnabled(false).setSecurityEnabled(false);
  configuration.addAcceptorConfiguration("mqtt", "tcp://127.0.0.1:" + port[0] + "?protocols=MQTT");
  var server = new EmbeddedActiveMQ(); server.setConfiguration(configuration); server.start(); Thread.currentThread().join(); } }
P
read -r rabbit amqp distribution mapper artemis mosquitto < <(python3 - <<'P'
import random, socket
taken = []
while len(taken) < 6:
    port = random.randint(22000, 32000)
    with socket.socket() as one:
        if one.connect_ex(('127.0.0.1', port)) and port not in taken: taken.append(port)
print(*taken)
P
)
java -cp 'artemis/libs/*' Artemis.java "$artemis" >artemis.log 2>&1 & pids+=($!)
"$(command -v mosquitto || echo /usr/sbin/mosquitto)" -p "$mosquitto" >mosquitto.log 2>&1 & pids+=($!)
echo '[rabbitmq_mqtt].' > plugins
printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$amqp" "mqtt.listeners.tcp.1 = 127.0.0.1:$rabbit" 'mqtt.default_user = guest' 'mqtt.default_pass = guest' > rabbit.conf
env HOME="$work" RABBITMQ_NODENAME="topics$rabbit@localhost" RABBITMQ_NODE_PORT="$amqp" RABBITMQ_DIST_PORT="$distribution" ERL_EPMD_PORT="$mapper" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE="$work/mnesia" RABBITMQ_LOG_BASE="$work/log" \
  RABBITMQ_CONFIG_FILE="$work/rabbit.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$work/plugins" RABBITMQ_PID_FILE="$work/pid" RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}' \
  /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >rabbit.log 2>&1 & pids+=($!)
cat > cars.py <<'P'
import queue, sys, time
import paho.mqtt.client as mqtt
name, port = sys.argv[1], int(sys.argv[2])

def connected(client_id, filters=()):
    came, ready = [], queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id, protocol=mqtt.MQTTv311)
    client.on_message = lambda c, u, message: came.append((message.payload.decode(), message.topic))
    client.on_connect = lambda c, u, flags, reason, p: c.subscribe([(one, 1) for one in filters]) if filters else ready.put(True)
    client.on_subscribe = lambda *told: ready.put(True)
    for _ in range(300):
        try: client.connect('127.0.0.1', port); break
        except OSError: time.sleep(0.2)
    client.loop_start()
    ready.get(timeout=20)
    return client, came

def until(came, last):
    for _ in range(150):
        if any(payload == last for payload, _ in came): return
        time.sleep(0.1)

watcher, came = connected('watcher', ['cars/#'])
car, _ = connected('car')
def publish(topic, **how): car.publish(topic, topic, qos=1, **how).wait_for_publish(10)
topics = ['cars/17/Vehicle.Speed', 'cars/17/v1.2/x', 'cars/17/*/x', 'cars/17/a::b', 'cars/17/a b', 'cars//speed', 'cars/17/']
for topic in topics: publish(topic)
publish('cars/last'); until(came, 'cars/last')
for topic in topics:
    handed = [as_topic for payload, as_topic in came if payload == topic]
    if handed != [topic]: print(f'{name}: {topic} was acknowledged and is handed out as', *handed or ['nothing'])
print(f'{name}: handed out as published:', ', '.join(topic for topic in topics if (topic, topic) in came))
publish('cars/17/state', retain=True)
late, seen = connected('late', ['cars/+/state', 'other/#'])
exact, known = connected('exact', ['cars/17/state', 'other/#'])
publish('other/last'); until(seen, 'other/last'); until(known, 'other/last')
print(f'{name}: retained by cars/+/state', ('cars/17/state', 'cars/17/state') in seen, 'by cars/17/state', ('cars/17/state', 'cars/17/state') in known)
P
for broker in "Mosquitto $mosquitto" "Artemis $artemis" "RabbitMQ $rabbit"; do PYTHONPATH=python python3 -W ignore cars.py $broker; done | tee seen
diff seen - <<'P'
Mosquitto: handed out as published: cars/17/Vehicle.Speed, cars/17/v1.2/x, cars/17/*/x, cars/17/a::b, cars/17/a b, cars//speed, cars/17/
Mosquitto: retained by cars/+/state True by cars/17/state True
Artemis: cars/17/a::b was acknowledged and is handed out as nothing
Artemis: handed out as published: cars/17/Vehicle.Speed, cars/17/v1.2/x, cars/17/*/x, cars/17/a b, cars//speed, cars/17/
Artemis: retained by cars/+/state True by cars/17/state True
RabbitMQ: cars/17/Vehicle.Speed was acknowledged and is handed out as cars/17/Vehicle/Speed
RabbitMQ: cars/17/v1.2/x was acknowledged and is handed out as cars/17/v1/2/x
RabbitMQ: cars/17/*/x was acknowledged and is handed out as cars/17/+/x
RabbitMQ: handed out as published: cars/17/a::b, cars/17/a b, cars//speed, cars/17/
RabbitMQ: retained by cars/+/state False by cars/17/state True
P
echo 'as before'
