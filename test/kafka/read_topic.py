"""Reads a topic of Kafka from its beginning to the end it has now and prints each record as a line of JSON.

Arguments: the brokers, the topic, the file of the authority, user and password.
"""

import json
import sys

from confluent_kafka import Consumer, TopicPartition

brokers, topic, ca, user, password = sys.argv[1:]
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": "reader",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": ca,
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
    }
)
for partition in consumer.list_topics(topic, 30).topics[topic].partitions:
    place = TopicPartition(topic, partition, 0)
    _, end = consumer.get_watermark_offsets(place, 30)
    consumer.assign([place])
    offset = 0
    while offset < end:
        record = consumer.poll(30)
        if record is None or record.error():
            sys.exit(f"no record of partition {partition} after {offset}: {record and record.error()}")
        offset = record.offset() + 1
        line = {
            "partition": partition,
            "offset": record.offset(),
            "key": record.key().decode(),
            "headers": [[name, value.decode()] for name, value in record.headers() or []],
            "appendedAt": record.timestamp()[1],
            "value": json.loads(record.value()),
        }
        print(json.dumps(line))
consumer.close()
