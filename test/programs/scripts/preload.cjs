// A preload as programs have them: it can run once, on the main thread. PRELOAD_PORT is free before.
const assert = require('node:assert/strict');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { isMainThread } = require('node:worker_threads');

assert(isMainThread, 'the preload runs in a worker thread');
process.chdir(tmpdir());
createServer().listen(Number(process.env.PRELOAD_PORT), '127.0.0.1').unref();
