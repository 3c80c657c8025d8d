// A preload as programs have them: it can run once, on the main thread. At PRELOAD_SOCKET there is nobody before.
const assert = require('node:assert/strict');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { isMainThread } = require('node:worker_threads');

assert(isMainThread, 'the preload runs in a worker thread');
process.chdir(tmpdir());
createServer().listen(process.env.PRELOAD_SOCKET).unref();
