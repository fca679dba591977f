#!/usr/bin/env bash
# A car that comes back meets three brokers of MQTT 5 with three answers (HiveMQ CE 2025.5, Mosquitto of Debian 12, mochi-mqtt 2.7.9).
#
# Guess: what MQTT 5 says of a message's age, of order, of the window and of a session taken over is kept alike by all three;
# a full queue differs, and the publisher hears of it.
# Seen: HiveMQ tells a car that a retained order of 60 s has 60 s left when it is 5 s old (the standard: less the wait); mochi
# gives an order without an end one of a day. When a car comes over another network while its old connection stands, HiveMQ
# and mochi send its will, "gone", though it is there; Debian's Mosquitto sends neither the will nor the reason 0x8E. Of 3,000 orders
# for a car that is away all are answered with success: HiveMQ and Mosquitto keep the first 1,000 and drop the newest; mochi keeps
# all, and out of order. With a Receive Maximum of 2, mochi holds back a part of 50 orders from a car that stays and acknowledges.
# A shared subscription gives part of the work to a worker that is away, but with HiveMQ.
# So: put an instant and a number into the message itself, judge age and order by them, let a newer "online" outdo a will,
# and do not take an acknowledgement for a place in the queue.
#
# Needs: java 17, mvn, go, mosquitto (Debian 12: 2.0.11), python3, three loopback ports. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
brokers=()
trap 'for each in "${brokers[@]}"; do kill "$each" 2>/dev/null || true; wait "$each" 2>/dev/null || true; done; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>com.hivemq</groupId><artifactId>hivemq-community-edition-embedded</artifactId><version>2025.5</version></dependency>
</dependencies></project>
P
mvn -q -B -ntp dependency:copy-dependencies -DoutputDirectory=libs >/dev/null
free_port() { python3 -c 'import random, socket
while True:
    port = random.randrange(15000, 30000)
    with socket.socket() as s:
        if s.connect_ex(("127.0.0.1", port)) != 0: print(port); break'; }
hivemq=$(free_port) mosquitto=$(free_port) mochi=$(free_port)

mkdir conf data extensions
cat > conf/config.xml <<P
<hivemq><listeners><tcp-listener><port>$hivemq</port><bind-address>127.0.0.1</bind-address></tcp-listener></listeners>
<persistence><mode>in-memory</mode></persistence><anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>
P
cat > Broker.java <<'P'
import com.hivemq.embedded.EmbeddedHiveMQ; import java.nio.file.Path;
public class Broker { public static void main(String[] args) throws Exception {
  EmbeddedHiveMQ.builder().withConfigurationFolder(Path.of("conf")).withDataFolder(Path.of("data")).withExtensionsFolder(Path.of("extensions")).build().start().join();
  Thread.sleep(Long.MAX_VALUE);
} }
P
mkdir go && cat > go/main.go <<'P'
package main

import ("os"; mqtt "github.com/mochi-mqtt/server/v2"; "github.com/mochi-mqtt/server/v2/hooks/auth"; "github.com/mochi-mqtt/server/v2/listeners")

func main() {
	server := mqtt.New(nil)
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil { panic(err) }
	if err := server.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:" + os.Args[1]})); err != nil { panic(err) }
	if err := server.Serve(); err != nil { panic(err) }
	select {}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init broker >/dev/null 2>&1 && go get github.com/mochi-mqtt/server/v2@v2.7.9 >/dev/null 2>&1 && go mod tidy >/dev/null 2>&1 && go build -o ../mochi .)
mkdir classes && javac -cp 'libs/*' -d classes Broker.java
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$mosquitto" > mosquitto.conf
java -Xmx384m -cp 'classes:libs/*' Broker > hivemq.log 2>&1 & brokers+=($!)
mosquitto -c mosquitto.conf > mosquitto.log 2>&1 & brokers+=($!)
./mochi "$mochi" > mochi.log 2>&1 & brokers+=($!)

# Speaks MQTT 5 in bytes, so that no client's habits are in what is seen.
cat > car.py <<'P'
import asyncio, sys
def varint(n):
    out = b''
    while True:
        n, byte = n // 128, n % 128
        out += bytes([byte | (128 if n else 0)])
        if not n: return out
def take(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128: return value, at
def text(value): return len(value).to_bytes(2, 'big') + value.encode()
class Car:
    """One connection; `got` has (payload, expiry interval or None), `said` the reasons for which the broker ended it."""
    async def open(self, port, name, expiry=0, window=None, will=None, ack_after=0.0):
        self.reader, self.writer = await asyncio.open_connection('127.0.0.1', port)
        self.got, self.said, self.waiting, self.id, self.ack_after = [], [], {}, 0, ack_after
        properties = (b'\x11' + expiry.to_bytes(4, 'big') if expiry else b'') + (b'\x21' + window.to_bytes(2, 'big') if window else b'')
        body = text('MQTT') + bytes([5, (0 if expiry else 2) | (12 if will else 0), 0, 60]) + varint(len(properties)) + properties + text(name)
        if will: body += b'\0' + text(will) + text('gone')
        self.opened = asyncio.get_running_loop().create_future()
        self.send(0x10, body)
        self.task = asyncio.create_task(self.read())
        await asyncio.wait_for(self.opened, 10)
        return self
    def send(self, head, body): self.writer.write(bytes([head]) + varint(len(body)) + body)
    async def acknowledge(self, id):
        await asyncio.sleep(self.ack_after)
        self.send(0x40, id)
    async def read(self):
        try:
            while True:
                head, size = (await self.reader.readexactly(1))[0], b''
                while not size or size[-1] > 127: size += await self.reader.readexactly(1)
                body, kind = await self.reader.readexactly(take(size, 0)[0]), head >> 4
                if kind == 2: self.opened.set_result(True)
                if kind in (4, 9): self.waiting.pop(int.from_bytes(body[:2], 'big')).set_result(body)
                if kind == 14: self.said.append(hex(body[0]) if body else '0x0')
                if kind == 3:
                    at = 2 + int.from_bytes(body[:2], 'big')
                    if head & 6: asyncio.create_task(self.acknowledge(body[at:at + 2])); at += 2
                    length, at = take(body, at)
                    properties = body[at:at + length]
                    self.got.append((body[at + length:].decode(), int.from_bytes(properties[1:5], 'big') if properties[:1] == b'\x02' else None))
        except (asyncio.IncompleteReadError, ConnectionError): self.said.append('closed')
    def ask(self):
        self.id += 1
        self.waiting[self.id] = asyncio.get_running_loop().create_future()
        return self.id.to_bytes(2, 'big'), self.waiting[self.id]
    async def subscribe(self, topic):
        id, answer = self.ask()
        self.send(0x82, id + b'\0' + text(topic) + b'\x01')
        await asyncio.wait_for(answer, 10)
    def publish(self, topic, payload, expiry=None, retain=False):
        id, answer = self.ask()
        properties = b'\x02' + expiry.to_bytes(4, 'big') if expiry else b''
        self.send(0x32 | retain, text(topic) + id + varint(len(properties)) + properties + payload.encode())
        return answer
    async def close(self):
        self.send(0xE0, b'')
        await self.writer.drain()
        self.writer.close()
        await self.task
async def settled(car, seconds=1.5):
    seen = -1
    while seen != len(car.got): seen = len(car.got); await asyncio.sleep(seconds)
async def retained(port, cloud):
    await cloud.publish('order', 'open the flap', 60, True)
    await asyncio.sleep(5)
    car = await Car().open(port, 'fresh')
    await car.subscribe('order')
    await settled(car)
    left = car.got[0][1]
    return f'a retained order of 60 s, 5 s old: {left if left == 60 else "less than 56" if left < 56 else left} s are left'
async def unlimited(port, cloud):
    car = await Car().open(port, 'unlimited')
    await car.subscribe('unlimited')
    await cloud.publish('unlimited', 'x')
    await settled(car)
    return f'an order without an end comes with {car.got[0][1]}'
async def taken_over(port, cloud):
    watcher = await Car().open(port, 'watcher')
    await watcher.subscribe('state')
    before = await Car().open(port, 'roaming', 60, will='state')
    after = await Car().open(port, 'roaming', 60, will='state')
    await settled(before)
    return f'the same car on another network: the old connection hears {before.said}, the others {[payload for payload, _ in watcher.got]}'
async def full(port, cloud):
    car = await Car().open(port, 'tunnel', 600)
    await car.subscribe('tunnel')
    await car.close()
    answers = [await cloud.publish('tunnel', str(n)) for n in range(3000)]
    car = await Car().open(port, 'tunnel', 600)
    await settled(car)
    got = [int(payload) for payload, _ in car.got]
    kept = 'the first 1,000' if got == list(range(1000)) else 'all' if set(got) == set(range(3000)) else f'{len(set(got))}'
    return f'3,000 orders while away, {sum(answer[2:3] in (b"", bytes(1)) for answer in answers)} answered with success: {kept} come, {"in order" if got == sorted(got) else "not in order"}'
async def workers(port, cloud):
    away, here = await Car().open(port, 'away', 600), await Car().open(port, 'here', 600)
    for each in (away, here): await each.subscribe('$share/g/work')
    await away.close()
    for n in range(40): await cloud.publish('work', str(n))
    await settled(here)
    return f'two workers share, one is away: the other gets {"all" if len(here.got) == 40 else "a part"} of 40'
async def window(port, cloud):
    car = await Car().open(port, 'slow', 600, window=2, ack_after=0.02)
    await car.subscribe('slow')
    for n in range(50): await cloud.publish('slow', str(n))
    await settled(car)
    return f'a car that takes two at a time gets {"all" if len(set(car.got)) == 50 else "a part"} of 50 while it stays'
async def main():
    for name, port in (part.split('=') for part in sys.argv[1:]):
        while True:
            try: cloud = await Car().open(int(port), 'cloud'); break
            except OSError: await asyncio.sleep(0.2)
        for line in await asyncio.gather(*(test(int(port), cloud) for test in (retained, unlimited, taken_over, workers, window))): print(f'{name}: {line}', flush=True)
        print(f'{name}: {await full(int(port), cloud)}', flush=True)
asyncio.run(main())
P
timeout 90 python3 car.py hivemq=$hivemq mosquitto=$mosquitto mochi=$mochi 2>car.err | tee seen
diff seen - <<'P'
hivemq: a retained order of 60 s, 5 s old: 60 s are left
hivemq: an order without an end comes with None
hivemq: the same car on another network: the old connection hears ['0x8e', 'closed'], the others ['gone']
hivemq: two workers share, one is away: the other gets all of 40
hivemq: a car that takes two at a time gets all of 50 while it stays
hivemq: 3,000 orders while away, 3000 answered with success: the first 1,000 come, in order
mosquitto: a retained order of 60 s, 5 s old: less than 56 s are left
mosquitto: an order without an end comes with None
mosquitto: the same car on another network: the old connection hears ['closed'], the others []
mosquitto: two workers share, one is away: the other gets a part of 40
mosquitto: a car that takes two at a time gets all of 50 while it stays
mosquitto: 3,000 orders while away, 3000 answered with success: the first 1,000 come, in order
mochi: a retained order of 60 s, 5 s old: less than 56 s are left
mochi: an order without an end comes with 86400
mochi: the same car on another network: the old connection hears ['0x8e', 'closed'], the others ['gone']
mochi: two workers share, one is away: the other gets a part of 40
mochi: a car that takes two at a time gets a part of 50 while it stays
mochi: 3,000 orders while away, 3000 answered with success: all come, not in order
P
echo 'as before'
