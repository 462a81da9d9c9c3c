"""A data platform verifies its stream: nothing missing, nothing twice, nothing changed, signed by the hub.

Usage: /usr/bin/python3 verify.py [LAST]     (./generate.sh first)
Reads the events' topic from its beginning, prints OK for each checkpoint that proves what stands before it, and ends once every
partition is proved through position LAST (the head at the start, if none is given). The first fault ends it with exit code 1.
"""

import hashlib
import os
import sys
from pathlib import Path

import google

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "gen"))
google.__path__.append(str(HERE / "gen/google"))  # google.rpc comes from here, google.protobuf from Debian

import grpc
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from creditexchange.v1 import ledger_pb2 as ledger, stream_pb2 as stream, update_service_pb2 as updates
from creditexchange.v1.update_service_pb2_grpc import ListUpdateServiceStub

ADDRESS = "127.0.0.1:" + os.environ.get("CREDITEXCHANGE_GRPC_PORT", "7080")
DATA = Path(os.environ.get("CREDITEXCHANGE_DATA", HERE / "../../.data"))
BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP", "127.0.0.1:9092")
AUDIENCE = os.environ.get("AUDIENCE", "platform")
# The operator may describe every stream; the platform's own token may its own.
TOKEN = Path(os.environ.get("CREDITEXCHANGE_TOKEN_FILE", DATA / "tokens/operator.jwt"))


class Fault(Exception):
    """The stream is not what it must be."""


def need(condition, what):
    if not condition:
        raise Fault(what)


class Partition:
    """What one partition has told so far, and its digest."""

    def __init__(self, description, number):
        self.description, self.number = description, number
        self.last, self.count, self.through = 0, 0, 0
        start = (description.ledger_id + description.events_topic).encode() + number.to_bytes(4, "big")
        self.digest = hashlib.sha256(start).digest()

    def event(self, position, headers, key, value):
        if position <= self.last:
            return  # a relay that was paused wrote it again
        owner = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") % self.description.partitions
        need(owner == self.number, f"position {position}: its key belongs into partition {owner}")
        previous = int(headers["previous_in_partition"])
        need(previous == self.last, f"position {position}: {previous} stands before it, and read was {self.last}")
        commitment = bytes.fromhex(headers["commitment"])
        told = ledger.LedgerEvent.FromString(value)
        need((told.position, told.commitment) == (position, commitment), f"position {position}: header and value differ")
        self.digest = hashlib.sha256(self.digest + position.to_bytes(8, "big") + commitment).digest()
        self.last, self.count = position, self.count + 1

    def checkpoint(self, value, keys):
        signed = stream.SignedCheckpoint.FromString(value)
        need(signed.suite == 1 and signed.key_id in keys, f"a checkpoint by the unknown key {signed.key_id}")
        r, s = (int.from_bytes(half, "big") for half in (signed.signature[:32], signed.signature[32:]))
        try:
            keys[signed.key_id].verify(encode_dss_signature(r, s), signed.checkpoint, ec.ECDSA(SHA256()))
        except InvalidSignature as error:
            raise Fault("a checkpoint's signature is wrong") from error
        told = stream.StreamCheckpoint.FromString(signed.checkpoint)
        place = (self.description.ledger_id, self.description.events_topic, self.number)
        need((told.ledger_id, told.topic, told.partition) == place, "a checkpoint of another ledger or place")
        if told.through_position < max(self.last, self.through):
            return  # of a relay that was paused
        mine = (self.last, self.count, self.digest)
        need((told.last_position, told.count, told.digest) == mine,
             f"the checkpoint has {told.count} positions to {told.last_position}, read were {self.count} to {self.last}")
        self.through = told.through_position
        print(f"OK partition {self.number} through {self.through}: {self.count} positions, digest {self.digest.hex()[:16]}",
              flush=True)


def describe():
    hub = ListUpdateServiceStub(grpc.insecure_channel(ADDRESS))
    metadata = [("authorization", "Bearer " + TOKEN.read_text().strip())]
    return hub.DescribeStream(updates.DescribeStreamRequest(audience=AUDIENCE), metadata=metadata, timeout=10)


def main():
    description = describe()
    last = int(sys.argv[1]) if len(sys.argv) > 1 else description.head
    keys = {key.key_id: load_der_public_key(key.public_key) for key in description.keys}
    topic = description.events_topic
    consumer = Consumer({
        "bootstrap.servers": BOOTSTRAP, "group.id": "platform-python", "enable.auto.commit": False,
        "isolation.level": "read_committed"})
    count = len(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
    need(description.partitions in (0, count), f"the hub says {description.partitions} partitions, the topic has {count}")
    description.partitions = count
    partitions = [Partition(description, number) for number in range(count)]
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(count)])
    while min(partition.through for partition in partitions) < last:
        record = consumer.poll(1)
        if record is None:
            continue
        need(record.error() is None, f"the brokers say {record.error()}")
        headers = {name: value.decode("ascii") for name, value in record.headers() or []}
        need(headers.get("ledger_id") == description.ledger_id, f"a record of ledger {headers.get('ledger_id')}")
        partition = partitions[record.partition()]
        if headers["kind"] == "CHECKPOINT":
            partition.checkpoint(record.value(), keys)
        else:
            partition.event(int(headers["position"]), headers, record.key(), record.value())
    consumer.close()
    print(f"all {count} partitions proved through {last}")


if __name__ == "__main__":
    try:
        main()
    except Fault as fault:
        sys.exit(f"FAULT: {fault}")
