// A duty-free till asks before it sells. Usage: node checkout.js < numbers.txt
// One KIND:NUMBER a line (USCC, RESIDENT_ID, PASSPORT@USA, ...): identity numbers never stand on a command line.
import { createInterface } from 'node:readline';
import { randomUUID } from 'node:crypto';
import { as, call, connect, status } from './hub.js';

const matter = 'dutyfree.offshore-purchase';
const agency = 'haikou-dutyfree';
const lookup = connect('LookupService');

// What the matter wants done when no answer can be had. Read at opening time and kept: it is needed when the hub is away.
// A till that never heard it must not sell.
async function readPolicy() {
  try {
    const { matters } = await call(connect('CatalogueService'), 'ListMatters', {}, as(agency), 5000);
    return matters.find((m) => m.code === matter).on_unavailable;
  } catch {
    return 'ON_UNAVAILABLE_REFUSE';
  }
}

// The verdict alone decides nothing: the consequence says what to do. What is unknown is never a sale.
function decide(answer) {
  if (answer.verdict === 'VERDICT_CLEAR' || answer.verdict === 'VERDICT_FAVOURED') return ['SELL', ''];
  const codes = answer.consequences.map((c) => c.code);
  const text = answer.consequences.map((c) => c.text).join(' ');
  if (codes.includes('REFUSE')) return ['NO DUTY-FREE SALE', text];
  if (codes.length > 0 && codes.every((code) => code === 'INFORM_ONLY')) return ['SELL', text];
  return ['ASK THE CLERK', text];
}

function withoutAnswer(policy) {
  switch (policy) {
    case 'ON_UNAVAILABLE_ALLOW_AND_REPORT': return ['SELL AND REPORT', 'no answer from the hub; report this sale afterwards'];
    case 'ON_UNAVAILABLE_ASK_CLERK': return ['ASK THE CLERK', 'no answer from the hub'];
    default: return ['NO DUTY-FREE SALE', 'no answer from the hub'];
  }
}

const policy = await readPolicy();
console.log(`policy without an answer: ${policy}`);
let order = 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const [kind, number] = line.trim().split(':');
  const [name, issuer = ''] = kind.split('@');
  const request = {
    subject: { kind: `ID_KIND_${name}`, number, issuer }, matter, purpose: `ORDER-${++order}`, request_id: randomUUID(),
  };
  let decision;
  try {
    const answer = await call(lookup, 'CheckSubject', request, as(agency));
    decision = [...decide(answer), `${answer.verdict} check ${answer.check_id} position ${answer.position} matches ${answer.matches.length}`];
  } catch (error) {
    decision = error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED
      ? [...withoutAnswer(policy), status[error.code]]
      : ['ASK THE CLERK', error.details, status[error.code]];
  }
  console.log(`customer ${order}: ${decision.filter(Boolean).join(' | ')}`);
}
