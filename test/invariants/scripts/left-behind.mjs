// What a program has left behind. To be imported before the first pool is made.
let workers = 0;
process.on('worker', (worker) => {
  workers += 1;
  worker.once('exit', () => {
    workers -= 1;
  });
});

export function workersLeft() {
  return workers;
}

/** What still holds the process open. A handle that was closed is gone a turn of the event loop later. */
export async function resourcesLeft() {
  const end = performance.now() + 2000;
  for (;;) {
    const left = process
      .getActiveResourcesInfo()
      .filter((type) => !/^(?:PipeWrap|TTYWrap|Immediate)$/.test(type));
    if (left.length === 0 || performance.now() > end) return left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
