// Follows the lists with hainan-approval's token. Usage: node follow.js [FROM [UNTIL]]
// Prints a line per event; ends when everything up to position UNTIL was told; without UNTIL it goes on.
import { as, connect, status } from './hub.js';

let next = BigInt(process.argv[2] ?? 1);
const until = process.argv[3] ? BigInt(process.argv[3]) : null;
const updates = connect('ListUpdateService');
// Waiting helps; a token that ran out is read anew. Anything else (wrong right, diverged ledger) is for a person.
const passing = [status.UNAVAILABLE, status.UNAUTHENTICATED, status.CANCELLED, status.INTERNAL, status.DEADLINE_EXCEEDED];
let ledger = '';
let pause = 250;

function show({ position, kind, listing, redaction }) {
  const what = listing ? `${listing.list_code} ${listing.listing_id} ${listing.state} revision ${listing.revision}` : redaction;
  console.log(`${position} ${kind} ${what}`);
}

// One stream; resolves with the error that broke it, or with null when UNTIL is reached.
const follow = () => new Promise((resolve) => {
  // The ledger id guards the resume: after a restore from an old copy the hub says LEDGER_DIVERGED instead of going on.
  const stream = updates.WatchUpdates({ from_position: next.toString(), ledger_id: ledger }, as('hainan-approval'));
  stream.on('data', ({ event, progress }) => {
    pause = 250;
    if (event) show(event);
    // A real consumer stores this position in the transaction that stores the event's effect.
    next = BigInt((event ?? progress).position) + 1n;
    if (progress) ledger = progress.ledger_id;
    if (until !== null && next > until) {
      resolve(null);
      stream.cancel();
    }
  });
  stream.on('error', (error) => resolve(error));
  stream.on('end', () => resolve({ code: status.UNAVAILABLE, details: 'stream ended' }));
});

for (let broken = await follow(); broken; broken = await follow()) {
  if (!passing.includes(broken.code)) {
    console.error(`stopped: ${status[broken.code]} ${broken.details}`);
    process.exit(1);
  }
  console.log(`stream broke (${status[broken.code]}); resuming at ${next}`);
  await new Promise((wait) => { setTimeout(wait, pause); });
  pause = Math.min(pause * 2, 5000);
}
updates.close();
console.log(`reached ${next - 1n}${ledger && ` of ledger ${ledger}`}`);
