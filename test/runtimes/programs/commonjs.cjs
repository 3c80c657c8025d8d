// Runs on: Node, Bun, Deno
// Required, beside the ES module in one program: both have one default pool. (In Deno both are one module.)
const assert = require('node:assert/strict');
const { WorkerPool, HTTPClient } = require('tickhttp');

async function main() {
  const { atOnce, assertWhole, get, inTicks } = await import('./loop.mjs');
  const { HTTPClient: Other } = await import('tickhttp');
  for (const Client of [HTTPClient, Other]) {
    assertWhole(atOnce(get({ Client, blocking: true }, { path: '/body' })));
    for (const answer of await inTicks(get({ Client }, { path: '/chunked' }))) assertWhole(answer);
  }
  assert.equal((await WorkerPool.default.stats()).requests, 4);
}

main();
