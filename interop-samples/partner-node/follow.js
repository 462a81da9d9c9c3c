// A partner follows the stream: one line for each position with its kind, the subject's token and how many records are still to come,
// in order within each partition. The group's offsets remember where it was; what it has already it drops by position.
//   node follow.js [LAST]     ends once every partition has a checkpoint through that position
import { Kafka, logLevel } from 'kafkajs';

const topic = process.env.TOPIC || 'creditexchange.listing-events.v1';
const last = Number(process.argv[2] || Infinity);
const kafka = new Kafka({
  clientId: 'partner-node',
  brokers: (process.env.KAFKA_BOOTSTRAP || '127.0.0.1:9092').split(','),
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({ groupId: process.env.KAFKA_GROUP || 'partner-node', readUncommitted: false });

// By partition: the last position, and up to where a checkpoint says that nothing is missing. This sample believes checkpoints;
// platform-python verifies their signatures and digests.
const positions = new Map();
const through = new Map();
const header = (message, name) => message.headers[name]?.toString('ascii') ?? '';

function take(partition, message, lag) {
  const position = Number(header(message, 'position'));
  const previous = Number(header(message, 'previous_in_partition'));
  // After a restart the first record tells what stood before it.
  const before = positions.get(partition) ?? previous;
  if (header(message, 'kind') === 'CHECKPOINT') {
    if (previous > before) throw new Error(`gap in partition ${partition}: ${previous} is missing`);
    through.set(partition, position);
    console.log(`through ${position} in partition ${partition}`);
    return;
  }

  if (positions.has(partition) && position <= before) return;
  if (previous !== before) throw new Error(`gap in partition ${partition}: ${previous} stands before ${position}, and read was ${before}`);
  positions.set(partition, position);
  console.log(`${position} ${header(message, 'kind')} ${message.key} lag ${lag}`);
}

let finish;
const done = new Promise((resolve) => { finish = resolve; });
const admin = kafka.admin();
await admin.connect();
const partitions = (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length;
await admin.disconnect();
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
    for (const message of batch.messages) {
      try {
        take(batch.partition, message, Number(batch.highWatermark) - Number(message.offset) - 1);
      } catch (fault) {
        // Not committed: the next start meets it again.
        console.error(fault.message);
        process.exit(1);
      }

      resolveOffset(message.offset);
    }

    await heartbeat();
    if (through.size === partitions && [...through.values()].every((position) => position >= last)) finish();
  },
});
await done;
await consumer.disconnect();
