// Runs on: Node, Bun, Deno
// The worker from a text.
import { HTTPClient as Client } from 'tickhttp/inline';
import { assertWhole, atOnce, get, inTicks } from './loop.mjs';

assertWhole(atOnce(get({ Client, blocking: true }, { path: '/body' })));
for (const answer of await inTicks(get({ Client }, { path: '/chunked' }))) assertWhole(answer);
