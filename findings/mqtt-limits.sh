#!/usr/bin/env bash
# Of nine MQTT 5 clients one keeps to all that the broker says it takes (Receive Maximum, sizes, QoS, retained, keep alive).
#
# Guess: a CONNACK's limits are the standard's way to tell a client, so clients of MQTT 5 keep to them, or give the caller an error.
# Seen, with Receive Maximum 2, Maximum QoS 1, no retained messages, 300 bytes at most and Server Keep Alive 2 s: only awscrt
# keeps to all five. paho (Python) and MQTT.js keep the keep alive alone: six on the way, QoS 2, 1,000 bytes and a
# retained message go out. Only awscrt and HiveMQ's client look at the size; HiveMQ's sends QoS 2 and retained. Paho's Java client
# makes QoS 2 into 1 and drops the retained flag without a word. mqttools and Paho's Java client do not ping within the Server
# Keep Alive, so a broker closes.
# gmqtt allows one where two are allowed and raises OverflowError at the caller for the rest.
# A broker may close the connection for each of these, and a client that sends its queue again is closed again.
# So: try the client against the limits of the broker; keep message size, QoS and the window in your own code.
#
# Needs: java 17, mvn, go, python3 with pip, npm, a loopback port. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
broker=
trap 'if [ -n "$broker" ]; then kill "$broker" 2>/dev/null || true; wait "$broker" 2>/dev/null || true; fi; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python paho-mqtt==2.2.0 gmqtt==0.8.0 zmqtt==0.2.5 mqttools==0.50.0 awscrt==0.38.1 2>/dev/null
npm install --silent --no-save --ignore-scripts mqtt@5.16.0 >/dev/null
cat > pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>com.hivemq</groupId><artifactId>hivemq-mqtt-client</artifactId><version>1.3.10</version></dependency>
<dependency><groupId>org.eclipse.paho</groupId><artifactId>org.eclipse.paho.mqttv5.client</artifactId><version>1.2.5</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
P
mvn -q -B -ntp dependency:copy-dependencies -DoutputDirectory=libs >/dev/null
port=$(python3 -c 'import random, socket
while True:
    port = random.randrange(15000, 30000)
    with socket.socket() as s:
        if s.connect_ex(("127.0.0.1", port)) != 0: print(port); break')

# Answers each connection with the same limits, acknowledges after 300 ms, and notes what comes.
cat > broker.py <<'P'
import asyncio, signal, sys
LIMITS = bytes([0x21, 0, 2, 0x24, 1, 0x25, 0, 0x27, 0, 0, 1, 44, 0x13, 0, 2])
seen = {}
async def packet(reader):
    head, length, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length, shift = length | (byte & 127) << shift, shift + 7
        if byte < 128: return head, await reader.readexactly(length)
async def serve(reader, writer):
    try:
        _, body = await packet(reader)
        at = 10 + 1 + body[10]
        name = body[at + 2:at + 2 + body[at + 1]].decode()
        notes = seen.setdefault(name, dict(most=0, took={}, pings=0))
        writer.write(bytes([0x20, 3 + len(LIMITS), 0, 0, len(LIMITS)]) + LIMITS)
        waiting = set()
        async def answer(kind, id):
            await asyncio.sleep(0.3)
            if kind == 0x40: waiting.discard(id)
            writer.write(bytes([kind, 2]) + id)
        while True:
            head, body = await packet(reader)
            if head >> 4 == 12:
                notes['pings'] += 1
                writer.write(b'\xd0\0')
            if head >> 4 == 6:
                waiting.discard(body[:2])
                writer.write(bytes([0x70, 2]) + body[:2])
            if head >> 4 == 3:
                topic, qos = body[2:2 + body[1]].decode(), head >> 1 & 3
                notes['took'].setdefault(topic, f'QoS {qos}' + ' retained' * (head & 1))
                if qos:
                    id = body[2 + len(topic):4 + len(topic)]
                    waiting.add(id)
                    notes['most'] = max(notes['most'], len(waiting))
                    asyncio.create_task(answer(0x40 if qos == 1 else 0x50, id))
    except (asyncio.IncompleteReadError, ConnectionError): writer.close()
async def main():
    server = await asyncio.start_server(serve, '127.0.0.1', int(sys.argv[1]))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print('ready', flush=True)
    await ended.wait()
    for name, notes in sorted(seen.items()):
        print(f"{name}: {notes['most']} at once of 2;", *(f'{what} {"as " + notes["took"][what] if what in notes["took"] else "not sent"};' for what in ('qos2', 'big', 'retained')), 'pings' if notes['pings'] else 'no pings')
asyncio.run(main())
P
# Each client sends one message that breaks one limit, a second apart, then six at once, and waits.
cat > clients.py <<'P'
import asyncio, sys, time
name, port = sys.argv[1], int(sys.argv[2])
singles = [('qos2', 'x', 2, False), ('big', 'x' * 1000, 1, False), ('retained', 'x', 1, True)]
def told(what, error): print(name, what, type(error).__name__)
def plan(publish):
    for one in singles:
        try: publish(*one)
        except Exception as error: told(one[0], error)
        time.sleep(1)
    for _ in range(6):
        try: publish('many', 'x', 1, False)
        except Exception as error: told('many', error)
    time.sleep(5)
def paho():
    import paho.mqtt.client as paho
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
    client.connect('127.0.0.1', port, 60)
    client.loop_start()
    time.sleep(0.5)
    plan(lambda topic, payload, qos, retain: client.publish(topic, payload, qos, retain))
    client.disconnect()
def crt():
    import threading
    from awscrt import mqtt5
    connected = threading.Event()
    client = mqtt5.Client(mqtt5.ClientOptions(host_name='127.0.0.1', port=port, connect_options=mqtt5.ConnectPacket(client_id=name, keep_alive_interval_sec=60),
        on_lifecycle_event_connection_success_fn=lambda _: connected.set()))
    client.start()
    connected.wait(5)
    plan(lambda topic, payload, qos, retain: client.publish(mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS(qos), retain=retain)))
    client.stop()
async def publish_all(publish, wait):
    async def one(*message):
        try: await publish(*message)
        except Exception as error: told(message[0], error)
    for message in singles: await asyncio.gather(one(*message), asyncio.sleep(1))
    await asyncio.gather(*(one('many', 'x', 1, False) for _ in range(6)), asyncio.sleep(wait))
async def gmqtt():
    import gmqtt
    client = gmqtt.Client(name)
    await client.connect('127.0.0.1', port, version=gmqtt.constants.MQTTv50, keepalive=60)
    async def publish(topic, payload, qos, retain): client.publish(topic, payload, qos=qos, retain=retain)
    await publish_all(publish, 5)
    await client.disconnect()
async def mqttools():
    import mqttools
    client = mqttools.Client('127.0.0.1', port, client_id=name, keep_alive_s=60)
    await client.start()
    async def publish(topic, payload, qos, retain): client.publish(mqttools.Message(topic, payload.encode(), retain=retain))
    await publish_all(publish, 5)
    await client.stop()
async def zmqtt():
    from zmqtt import QoS, create_client
    async with create_client('127.0.0.1', port, client_id=name, version='5.0') as client:
        async def publish(topic, payload, qos, retain): await client.publish(topic, payload, qos=QoS(qos), retain=retain)
        await publish_all(publish, 5)
run = globals()[name]
asyncio.run(run()) if asyncio.iscoroutinefunction(run) else run()
P
cat > client.cjs <<'P'
const name = 'mqttjs'
const client = require('mqtt').connect({ host: '127.0.0.1', port: Number(process.argv[2]), protocolVersion: 5, clientId: name, keepalive: 60 })
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const publish = (topic, payload, qos, retain) => client.publish(topic, payload, { qos, retain }, (error) => error && console.log(name, topic, error.message))
client.once('connect', async () => {
  for (const one of [['qos2', 'x', 2, false], ['big', 'x'.repeat(1000), 1, false], ['retained', 'x', 1, true]]) { publish(...one); await wait(1000) }
  for (let n = 0; n < 6; n++) publish('many', 'x', 1, false)
  await wait(5000)
  client.end()
})
P
cat > Clients.java <<'P'
import java.util.concurrent.*; import com.hivemq.client.mqtt.MqttClient; import com.hivemq.client.mqtt.datatypes.MqttQos; import org.eclipse.paho.mqttv5.client.*; import org.eclipse.paho.mqttv5.common.MqttMessage;
public class Clients {
  interface Publish { void it(String topic, byte[] payload, int qos, boolean retain) throws Exception; }
  static void plan(String name, Publish publish) throws Exception {
    Object[][] singles = {{"qos2", new byte[1], 2, false}, {"big", new byte[1000], 1, false}, {"retained", new byte[1], 1, true}};
    for (var one : singles) { try { publish.it((String) one[0], (byte[]) one[1], (int) one[2], (boolean) one[3]); } catch (Exception e) { System.out.println(name + " " + one[0] + " " + e.getClass().getSimpleName()); } Thread.sleep(1000); }
    for (int n = 0; n < 6; n++) try { publish.it("many", new byte[1], 1, false); } catch (Exception e) { System.out.println(name + " many " + e.getClass().getSimpleName()); }
    Thread.sleep(5000);
  }
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[1]);
    if (args[0].equals("hivemq")) {
      var client = MqttClient.builder().useMqttVersion5().identifier("hivemq").serverHost("127.0.0.1").serverPort(port).buildAsync();
      client.connectWith().keepAlive(60).send().get();
      plan("hivemq", (topic, payload, qos, retain) -> client.publishWith().topic(topic).payload(payload).qos(MqttQos.fromCode(qos)).retain(retain).send()
        .whenComplete((ok, e) -> { if (e != null) System.out.println("hivemq " + topic + " " + e.getClass().getSimpleName()); }));
      client.disconnect().get();
    } else {
      var client = new MqttAsyncClient("tcp://127.0.0.1:" + port, "pahojava", new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
      var options = new MqttConnectionOptions(); options.setKeepAliveInterval(60);
      client.connect(options).waitForCompletion();
      plan("pahojava", (topic, payload, qos, retain) -> { client.publish(topic, payload, qos, retain); });
      client.disconnect(); 
    }
    System.exit(0);
  }
}
P
mkdir go && cat > go/main.go <<'P'
package main

import ("context"; "fmt"; "net/url"; "os"; "time"; "github.com/eclipse/paho.golang/autopaho"; "github.com/eclipse/paho.golang/paho")

func main() {
	server, _ := url.Parse("mqtt://127.0.0.1:" + os.Args[1])
	ctx := context.Background()
	client, err := autopaho.NewConnection(ctx, autopaho.ClientConfig{ServerUrls: []*url.URL{server}, KeepAlive: 60, ClientConfig: paho.ClientConfig{ClientID: "autopaho"}})
	if err != nil { panic(err) }
	client.AwaitConnection(ctx)
	publish := func(topic string, size int, qos byte, retain bool) {
		one, cancel := context.WithTimeout(ctx, 4*time.Second); defer cancel()
		if _, err := client.Publish(one, &paho.Publish{Topic: topic, QoS: qos, Retain: retain, Payload: make([]byte, size)}); err != nil { fmt.Println("autopaho", topic, err) }
	}
	go publish("qos2", 1, 2, false); time.Sleep(time.Second)
	go publish("big", 1000, 1, false); time.Sleep(time.Second)
	go publish("retained", 1, 1, true); time.Sleep(time.Second)
	for n := 0; n < 6; n++ { go publish("many", 1, 1, false) }
	time.Sleep(5 * time.Second)
	client.Disconnect(ctx)
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init client >/dev/null 2>&1 && go get github.com/eclipse/paho.golang@v0.23.0 >/dev/null 2>&1 && go mod tidy >/dev/null 2>&1 && go build -o ../autopaho .)
mkdir classes && javac -cp 'libs/*' -d classes Clients.java
python3 broker.py "$port" > broker.out & broker=$!
until grep -qs ready broker.out; do kill -0 "$broker"; sleep 0.1; done
clients=()
for name in paho crt gmqtt mqttools zmqtt; do PYTHONPATH=python python3 clients.py $name "$port" > $name.out 2>$name.err & clients+=($!); done
node client.cjs "$port" > mqttjs.out & clients+=($!)
for name in hivemq pahojava; do java -cp 'classes:libs/*' Clients $name "$port" > $name.out 2>$name.err & clients+=($!); done
./autopaho "$port" > autopaho.out & clients+=($!)
for each in "${clients[@]}"; do wait "$each" || true; done
kill "$broker" && wait "$broker" || true
broker=
# Paho's Java client raises at the six or takes them, as its threads fall: not compared.
{ grep -v ready broker.out; grep -hv '^ready\|: [0-9]\|^pahojava many' ./*.out | sort -u; } | tee seen
diff seen - <<'P'
autopaho: 2 at once of 2; qos2 not sent; big as QoS 1; retained not sent; pings
crt: 2 at once of 2; qos2 not sent; big not sent; retained not sent; pings
gmqtt: 1 at once of 2; qos2 as QoS 2; big as QoS 1; retained as QoS 1 retained; pings
hivemq: 2 at once of 2; qos2 as QoS 2; big not sent; retained as QoS 1 retained; pings
mqttjs: 6 at once of 2; qos2 as QoS 2; big as QoS 1; retained as QoS 1 retained; pings
mqttools: 0 at once of 2; qos2 as QoS 0; big as QoS 0; retained as QoS 0 retained; no pings
paho: 6 at once of 2; qos2 as QoS 2; big as QoS 1; retained as QoS 1 retained; pings
pahojava: 2 at once of 2; qos2 as QoS 1; big as QoS 1; retained as QoS 1; no pings
zmqtt: 6 at once of 2; qos2 not sent; big as QoS 1; retained not sent; pings
autopaho qos2 invalid argument: cannot send Publish with QoS 2, server maximum QoS is 1
autopaho retained invalid argument: cannot send Publish with retain flag set, server does not support retained messages
gmqtt many OverflowError
hivemq big MqttEncodeException
zmqtt qos2 MQTTQoSExceededError
zmqtt retained MQTTRetainNotAvailableError
P
echo 'as before'
