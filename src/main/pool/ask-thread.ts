import type { Remote } from 'comlink';
import type { WorkerApi } from '../../shared/messages.ts';
import { place } from '../place/here.ts';
import type { Threads } from '../place/place.ts';

/** A comlink call over a port of its own, with a deadline: a call to a dead thread would never settle. */
export async function askThread<T>(
  threads: Threads,
  id: number,
  call: (api: Remote<WorkerApi>) => Promise<T>,
): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  let release = (): void => port1.close();
  try {
    return await atMost(ANSWER_TIMEOUT, async () => {
      const comlink = await import('comlink');
      const api = comlink.wrap<WorkerApi>(port1);
      release = () => {
        api[comlink.releaseProxy]();
        port1.close();
      };
      await threads.send(id, { kind: 'control', port: port2 });
      return call(api);
    });
  } finally {
    release();
  }
}

/** Rejects if `act` has not settled after `milliseconds`. */
export async function atMost<T>(milliseconds: number, act: () => Promise<T>): Promise<T> {
  const timer = place.startTimer(milliseconds);
  const late = timer.over.then(() => Promise.reject(new Error(`not within ${milliseconds} ms`)));
  try {
    return await Promise.race([late, act()]);
  } finally {
    late.catch(() => {});
    timer.stop();
  }
}

/** Milliseconds. A worker answers within one turn of its loop, or it is stuck. */
const ANSWER_TIMEOUT = 2000;
