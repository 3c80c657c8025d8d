import { once } from 'node:events';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkerPool } from 'tickhttp';

// The only thread of a pool ends before it has served, so the pool must start another, and look for the file again.
const file = fileURLToPath(import.meta.resolve('tickhttp/worker'));
const pool = new WorkerPool({ threads: 1, workerUrl: relative('.', file) });
process.chdir('/');
const [worker] = await once(process, 'worker');
const exit = once(worker, 'exit');
await worker.terminate();
await exit;
const end = performance.now() + 20_000;
for (;;) {
  const failure = await pool.ready().catch((error) => error);
  // After a set of threads that has not started there is a pause.
  if (!failure || performance.now() > end) {
    console.log(failure?.message ?? 'ready');
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
