// Runs on: Node, Bun, Deno
// A body of some megabytes is sent as it is, polling and blocking.
import { createHash, randomFillSync } from 'node:crypto';
import { Method } from 'tickhttp';
import { assertText, atOnce, get, inTicks } from './loop.mjs';

const body = randomFillSync(new Uint8Array(3_000_000));
const hash = createHash('sha256').update(body).digest('hex');
const upload = { method: Method.PUT, path: '/hash', body };
assertText(atOnce(get({ blocking: true }, upload)), hash);
for (const answer of await inTicks(
  get({}, upload),
  get({ transferBody: true }, { ...upload, body: body.slice() }),
))
  assertText(answer, hash);
