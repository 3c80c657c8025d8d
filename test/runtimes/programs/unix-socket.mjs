// Runs on: Node, Bun, Deno
import { assertWhole, get, inTicks, SERVERS } from './loop.mjs';

for (const answer of await inTicks(get({}, { host: `unix:${SERVERS.unix}`, port: -1, path: '/body' })))
  assertWhole(answer);
