import { ErrorCode, HTTPRequest, tick, WorkerPool } from 'tickhttp';

// Makes `total` whole requests, each for one body, and prints by how many bytes this thread's heap, its array buffers and the
// process have grown since the first tenth of them, and what went wrong. `way`: a key of WAYS.
const [port, total, way = ''] = process.argv.slice(2);
const pool = new WorkerPool({ threads: 1 });
const url = `http://127.0.0.1:${port}/bytes/2000`;
const wrong = /** @type {Record<string, number>} */ ({});
const one = new HTTPRequest({ pool });
let done = 0;

/** @type {Record<string, () => unknown>} Each makes about a hundred requests. */
const WAYS = {
  /** A new object each time, which nobody ticks. */
  await: async () => {
    for (let count = 0; count < 100; count++) await complete(new HTTPRequest({ pool }));
  },
  awaitOne: async () => {
    for (let count = 0; count < 100; count++) await complete(one);
  },
  awaitTogether: () => Promise.all(Array.from({ length: 100 }, () => complete(new HTTPRequest({ pool })))),
  /** With a handler, and nobody ticks. */
  poll: async () => {
    for (let count = 0; count < 100; count++) {
      const http = new HTTPRequest({ pool });
      let told = 0;
      http.requestCompleted.connect((result) => {
        told += 1;
        check(result);
      });
      start(http);
      for (; told === 0; await turn()) http.poll();
    }
  },
  /** No turn of the event loop. */
  block: () => {
    for (let count = 0; count < 100; count++) {
      const http = new HTTPRequest({ pool });
      http.blockingModeEnabled = true;
      let told = 0;
      http.requestCompleted.connect((result) => {
        told += 1;
        check(result);
      });
      start(http);
      http.poll();
      if (told !== 1) note(`told ${told}`);
    }
  },
  /** Dropped by the program; told by tick(). */
  tick: async () => {
    let told = 0;
    for (let count = 0; count < 100; count++) {
      const http = new HTTPRequest({ pool });
      http.requestCompleted.connect((result) => {
        told += 1;
        check(result);
      });
      start(http);
    }
    for (; told < 100; await turn()) tick();
  },
  /** Nobody ticks, polls or awaits, and nobody listens. */
  forget: async () => {
    for (let count = 0; count < 100; count++) start(new HTTPRequest({ pool }));
    // One that is awaited came last, so the others are complete.
    await complete(one);
  },
  /** No turn of the event loop, but one in ten thousand. */
  cancel: async () => {
    for (let count = 0; count < 100; count++) {
      start(one);
      one.cancelRequest();
    }
    done += 100;
    if (done % 10_000 === 0) await complete(one);
  },
  /** At any moment. */
  cancelLate: async () => {
    for (let count = 0; count < 100; count++) {
      start(one);
      for (let turns = count % 20; turns > 0; turns--) await turn();
      one.cancelRequest();
    }
    done += 100;
  },
};

const before = { heap: 0, buffers: 0, rss: 0 };
const act = WAYS[way];
if (!act) throw new Error(`no way ${way}`);
for (let made = 0; made < Number(total); made += 100) {
  if (made === Number(total) / 10) Object.assign(before, await memory());
  await act();
}
const after = await memory();
const [heap, buffers, rss] = [
  after.heap - before.heap,
  after.buffers - before.buffers,
  after.rss - before.rss,
];
console.log(JSON.stringify({ heap, buffers, rss, wrong }));
await pool.close();

/** @param {HTTPRequest} http */
async function complete(http) {
  start(http);
  check((await http.completed()).result);
}

/** @param {HTTPRequest} http */
function start(http) {
  const error = http.request(url);
  if (error !== ErrorCode.OK) note(`error ${error}: ${http.getLastError()?.code}`);
}

/** @param {number} result */
function check(result) {
  if (result !== 0) note(`result ${result}`);
}

/** @param {string} what */
function note(what) {
  wrong[what] = (wrong[what] ?? 0) + 1;
}

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

async function memory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, rss };
}
