"""A group member: prints `topic partition offset timestamp` for each record until it is told to stop.

python group_kafka_python.py <bootstrap> <group> <range|roundrobin> <sessionTimeoutMs> <topic,topic>
"""

import signal
import sys

from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

bootstrap, group, strategy, session, topics = sys.argv[1:6]
running = True


def stop(_signal, _frame):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer = KafkaConsumer(
    *topics.split(","),
    bootstrap_servers=bootstrap,
    group_id=group,
    auto_offset_reset="earliest",
    auto_commit_interval_ms=500,
    session_timeout_ms=int(session),
    heartbeat_interval_ms=500,
    max_poll_interval_ms=int(session),
    partition_assignment_strategy=[
        RangePartitionAssignor if strategy == "range" else RoundRobinPartitionAssignor
    ],
)
# kafka-python 3.0.12 forgets that it has joined, and hangs, when a poll's time ends just before the answer to its
# JoinGroup. It joins a second time 100 ms after its start, when metadata have come, so that polls of 100 ms hit it once
# in some thirty starts, against Apache Kafka as well. Records come twenty times a second: a long poll seldom waits.
POLL_MS = 5000
while running:
    for partition, records in consumer.poll(timeout_ms=POLL_MS).items():
        for record in records:
            print(partition.topic, partition.partition, record.offset, record.timestamp)
        sys.stdout.flush()
consumer.close()
