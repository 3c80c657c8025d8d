// Runs on: Node, Bun, Deno
// Several downloads at once, by length and in chunks, one of them through a small buffer with a slow reader.
import { assertWhole, get, inTicks } from './loop.mjs';

const small = { bufferSize: 65_536 };
const answers = await inTicks(
  get({}, { path: '/body' }),
  get({}, { path: '/chunked' }),
  get(small, { path: '/body' }),
  get(small, { path: '/chunked', read: (http) => http.borrowResponseBodyChunk() }),
);
for (const answer of answers) assertWhole(answer);
