#!/usr/bin/env bash
# A hundred orders that the broker acknowledged are gone, and the car's session with them, when its process is killed (four MQTT brokers that persist).
#
# Guess: a broker that is told to persist has stored what it acknowledges at QoS 1 before it does: the queue of a car that is away and the
# retained state survive a kill -9 of the broker, as the machine and its files live on.
# Seen, 100 orders for a car that is away and a retained state, each acknowledged; five seconds later kill -9, and a new start on the same folder:
# Mosquitto 2.0.11 (Debian 12) with persistence true has nothing, neither session nor orders nor state: it writes its file each half hour
# and when it is stopped. With autosave_on_changes true and autosave_interval 1 all are there. HiveMQ CE and RabbitMQ 3.10.8 keep all; mochi
# 2.7.9 on bolt keeps session and state and gives none of the orders. A broker that is stopped as it should be, as in a test, shows nothing of it. (Killed
# at once, RabbitMQ forgot the state as well, and in one of two runs so did Mosquitto when told.)
# So: set both with Mosquitto, kill the broker once with a car away before trusting it, and have an order answered by the car, not by the broker.
#
# Needs: java 17, mvn, go, mosquitto and rabbitmq-server (Debian 12: 2.0.11, 3.10.8), python3 with pip, eight loopback ports. Takes about a minute.
set -euo pipefail
work=$(mktemp -d) pids=() mapper=
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; [ -z "$mapper" ] || ERL_EPMD_PORT=$mapper epmd -kill >/dev/null 2>&1 || true; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
PATH=$PATH:/usr/sbin
python3 -m pip install -q --target python paho-mqtt==2.1.0 2>/dev/null
mkdir -p hivemq go conf extensions classes store-hivemq store-mosquitto store-told && cat > hivemq/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>com.hivemq</groupId><artifactId>hivemq-community-edition-embedded</artifactId><version>2025.5</version></dependency></dependencies></project>
P
(cd hivemq && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs >/dev/null)
cat > Hivemq.java <<'P'
import com.hivemq.embedded.EmbeddedHiveMQ; import java.nio.file.Path;
public class Hivemq { public static void main(String[] port) throws Exception {
  EmbeddedHiveMQ.builder().withConfigurationFolder(Path.of("conf")).withDataFolder(Path.of("store-hivemq")).withExtensionsFolder(Path.of("extensions")).build().start().join(); Thread.sleep(Long.MAX_VALUE); } }
P
cat > go/main.go <<'P'
package main

import ("os"; mqtt "github.com/mochi-mqtt/server/v2"; "github.com/mochi-mqtt/server/v2/hooks/auth"; "github.com/mochi-mqtt/server/v2/hooks/storage/bolt"; "github.com/mochi-mqtt/server/v2/listeners")

func main() {
	server := mqtt.New(nil)
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil { panic(err) }
	if err := server.AddHook(new(bolt.Hook), &bolt.Options{Path: "store-mochi"}); err != nil { panic(err) }
	if err := server.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:" + os.Args[1]})); err != nil { panic(err) }
	if err := server.Serve(); err != nil { panic(err) }
	select {}
}
P
javac -d classes -cp 'hivemq/libs/*' Hivemq.java
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init broker >/dev/null 2>&1 && go get github.com/mochi-mqtt/server/v2@v2.7.9 >/dev/null 2>&1 && go mod tidy >/dev/null 2>&1 && go build -o ../mochi .)
read -r hivemq told mosquitto mochi rabbit amqp distribution mapper < <(python3 - <<'P'
import random, socket
taken = []
while len(taken) < 8:
    port = random.randint(22000, 32000)
    with socket.socket() as one:
        if one.connect_ex(('127.0.0.1', port)) and port not in taken: taken.append(port)
print(*taken)
P
)
cat > conf/config.xml <<P
<hivemq><listeners><tcp-listener><port>$hivemq</port><bind-address>127.0.0.1</bind-address></tcp-listener></listeners>
<persistence><mode>file</mode></persistence><anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>
P
for each in mosquitto told; do printf '%s\n' "listener ${!each} 127.0.0.1" 'allow_anonymous true' "user $(id -un)" 'persistence true' "persistence_location $work/store-$each/" > "$each.conf"; done
printf '%s\n' 'autosave_on_changes true' 'autosave_interval 1' >> told.conf
echo '[rabbitmq_mqtt].' > plugins
printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$amqp" "mqtt.listeners.tcp.1 = 127.0.0.1:$rabbit" 'mqtt.default_user = guest' 'mqtt.default_pass = guest' > rabbit.conf
start() {
  case $1 in
    HiveMQ) java -Xmx384m -cp 'classes:hivemq/libs/*' Hivemq "$hivemq" >>hivemq.log 2>&1 & ;;
    Mosquitto) mosquitto -c mosquitto.conf >>mosquitto.log 2>&1 & ;;
    Mosquitto-told) mosquitto -c told.conf >>mosquitto.log 2>&1 & ;;
    mochi) ./mochi "$mochi" >>mochi.log 2>&1 & ;;
    RabbitMQ) env HOME="$work" RABBITMQ_NODENAME="killed$rabbit@localhost" RABBITMQ_NODE_PORT="$amqp" RABBITMQ_DIST_PORT="$distribution" ERL_EPMD_PORT="$mapper" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE="$work/mnesia" RABBITMQ_LOG_BASE="$work/log" \
      RABBITMQ_CONFIG_FILE="$work/rabbit.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$work/plugins" RABBITMQ_PID_FILE="$work/pid" RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}' \
      /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server >>rabbit.log 2>&1 & ;;
  esac
  started=$!; pids+=($started)
}
cat > cars.py <<'P'
import queue, sys, time
import paho.mqtt.client as mqtt
name, port, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def connected(client_id, came, clean=False):
    ready = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id, clean_session=clean, protocol=mqtt.MQTTv311)
    client.on_message = lambda c, u, message: came.append((message.topic, message.payload.decode()))
    client.on_connect = lambda c, u, flags, reason, p: ready.put(flags.session_present)
    for _ in range(1500):
        try: client.connect('127.0.0.1', port); break
        except OSError: time.sleep(0.1)
    client.loop_start()
    return client, ready.get(timeout=20)
came = []
car, known = connected('car17', came)
if when == 'before':
    done = queue.Queue()
    car.on_subscribe = lambda *told: done.put(True)
    car.subscribe('cars/17/orders', 1); done.get(timeout=20)
    car.disconnect(); car.loop_stop()
    cloud, _ = connected('cloud', [], True)
    for n in range(100): cloud.publish('cars/17/orders', str(n), qos=1).wait_for_publish(20)
    cloud.publish('cars/17/state', 'parked', qos=1, retain=True).wait_for_publish(20)
    time.sleep(5)
else:
    seen = -1
    while seen != len(came): seen = len(came); time.sleep(1.5)
    orders = len({payload for topic, payload in came if topic == 'cars/17/orders'})
    later = []
    other, _ = connected('other', later, True)
    other.subscribe('cars/17/state', 1); time.sleep(1.5)
    print(f'{name}: the session {"is known" if known else "is gone"}, {orders} of 100 orders come, the state {later[0][1] if later else "is gone"}')
P
for broker in "Mosquitto $mosquitto" "Mosquitto-told $told" "HiveMQ $hivemq" "RabbitMQ $rabbit" "mochi $mochi"; do
  name=${broker% *}
  start "$name"
  PYTHONPATH=python timeout 200 python3 -W ignore cars.py $broker before
  [ "$name" != RabbitMQ ] || kill -9 "$(cat pid)"
  kill -9 "$started"; wait "$started" 2>/dev/null || true
  start "$name"
  PYTHONPATH=python timeout 200 python3 -W ignore cars.py $broker after
  [ "$name" != RabbitMQ ] || kill -9 "$(cat pid)"
  kill -9 "$started"; wait "$started" 2>/dev/null || true
done > seen
cat seen
diff seen - <<'P'
Mosquitto: the session is gone, 0 of 100 orders come, the state is gone
Mosquitto-told: the session is known, 100 of 100 orders come, the state parked
HiveMQ: the session is known, 100 of 100 orders come, the state parked
RabbitMQ: the session is known, 100 of 100 orders come, the state parked
mochi: the session is known, 0 of 100 orders come, the state parked
P
echo 'as before'
