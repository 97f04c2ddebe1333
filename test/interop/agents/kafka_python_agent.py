"""kafka-python as a long-lived client: one JSON job a line on standard input, one answer a line on standard output.

Jobs, answers, frames and digests are described in agent.ts, frames.ts and digest.ts.
"""

import json
import struct
import sys
import time
import traceback
from zlib import crc32

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

INT32 = struct.Struct("<i")
TAIL = struct.Struct("<qq")


def read_frames(data):
    at = 0

    def blob():
        nonlocal at
        (length,) = INT32.unpack_from(data, at)
        at += 4
        if length < 0:
            return None
        at += length
        return data[at - length : at]

    while at < len(data):
        key, value = blob(), blob()
        (count,) = INT32.unpack_from(data, at)
        at += 4
        yield key, value, [(blob().decode(), blob()) for _ in range(count)]


def sized(content):
    return INT32.pack(-1) if content is None else INT32.pack(len(content)) + content


def frame(record):
    parts = [sized(record.key), sized(record.value), INT32.pack(len(record.headers))]
    for name, value in record.headers:
        parts.append(sized(name.encode()))
        parts.append(sized(value))
    return b"".join(parts)


class Digester:
    def __init__(self):
        self.records = self.bytes = self.strays = 0
        self.keys = {}
        self.partitions = {}

    def add(self, record):
        content = frame(record)
        self.records += 1
        self.bytes += len(record.key or b"") + len(record.value or b"")
        if record.key is not None:
            known = self.keys.setdefault(record.key, [record.partition, 0, 0])
            self.strays += known[0] != record.partition
            known[1] += 1
            known[2] = crc32(content, known[2])
        content += TAIL.pack(record.offset, record.timestamp)
        known = self.partitions.setdefault(record.partition, [0, record.offset, record.offset - 1, 0, 0])
        known[0] += 1
        known[3] += record.offset != known[2] + 1
        known[2] = record.offset
        known[4] = crc32(content, known[4])

    def result(self):
        return {
            "records": self.records,
            "bytes": self.bytes,
            "strays": self.strays,
            "keys": {key.hex(): seen for key, seen in self.keys.items()},
            "partitions": self.partitions,
        }


def write(job):
    with open(job["frames"], "rb") as file:
        data = file.read()
    codec = None if job["codec"] == "none" else job["codec"]
    producer = KafkaProducer(bootstrap_servers=job["bootstrap"], acks="all", compression_type=codec, linger_ms=20)
    label = ("set", job["topic"].encode())
    failures = []
    count = 0
    for key, value, headers in read_frames(data):
        future = producer.send(job["topic"], key=key, value=value, headers=[label, *headers])
        future.add_errback(failures.append)
        count += 1
    producer.flush()
    producer.close()
    if failures:
        raise failures[0]
    return {"records": count}


def read(job):
    wanted = job["topics"]
    consumer = KafkaConsumer(
        bootstrap_servers=job["bootstrap"], auto_offset_reset="earliest", enable_auto_commit=False, max_poll_records=5000
    )
    partitions = [TopicPartition(t, p) for t in wanted for p in consumer.partitions_for_topic(t)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    digesters = {topic: Digester() for topic in wanted}
    missing = set(wanted)
    while missing:
        for partition, records in consumer.poll(timeout_ms=500).items():
            digester = digesters[partition.topic]
            for record in records:
                digester.add(record)
            if digester.records >= wanted[partition.topic]:
                missing.discard(partition.topic)
    consumer.close()
    return {"topics": {topic: digester.result() for topic, digester in digesters.items()}}


for line in sys.stdin:
    start = time.monotonic()
    try:
        job = json.loads(line)
        answer = write(job) if job["do"] == "write" else read(job)
        answer = {"ok": True, "ms": round((time.monotonic() - start) * 1000), **answer}
    except Exception:
        answer = {"ok": False, "error": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
