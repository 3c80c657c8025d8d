import type { Socket } from 'node:net';
import { ConnectionError } from '../../connection/connection-error.ts';
import { TimerAlarm } from '../timer-alarm.ts';

/**
 * Opens connections to all addresses of a host until one is connected, and returns that one (RFC 8305 section 5). The
 * next attempt starts when the last one has failed, or has had ATTEMPT_DELAY; those before it go on. So a host with one
 * address that answers is reached, however many others do not, and on a line that is merely slow nothing is given up.
 *
 * Node's own `autoSelectFamily` gives an address up before it tries the next.
 */
export function race<A, C extends { readonly socket: Socket }>(
  addresses: readonly A[],
  open: (address: A) => C,
  signal: AbortSignal,
): Promise<C> {
  return new Promise((resolve, reject) => {
    const running = new Set<Socket>();
    const errors: unknown[] = [];
    const waiting = [...addresses];
    const alarm = new TimerAlarm(() => next());

    const finish = (winner: Socket | null): void => {
      alarm.clear();
      signal.removeEventListener('abort', stop);
      for (const socket of running) if (socket !== winner) socket.destroy();
      running.clear();
    };
    const stop = (): void => {
      finish(null);
      reject(signal.reason);
    };
    const fail = (error: unknown): void => {
      errors.push(error);
      if (waiting.length > 0) next();
      else if (running.size === 0) {
        finish(null);
        reject(errors.length === 1 ? error : new AggregateError(errors, 'no address could be reached'));
      }
    };
    const attempt = (address: A): void => {
      const contender = open(address);
      const { socket } = contender;
      running.add(socket);
      const lose = (error: Error): void => {
        if (running.delete(socket)) fail(error);
      };
      // This listener stays: an error that comes before anybody else listens must not end the thread.
      socket.on('error', ignore);
      socket.on('error', lose);
      socket.once('connect', () => {
        if (!running.has(socket)) return;
        // This listener would keep the whole race in memory, as long as the connection lives.
        socket.off('error', lose);
        finish(socket);
        resolve(contender);
      });
    };
    const next = (): void => {
      alarm.clear();
      const address = waiting.shift();
      if (address === undefined) return;
      if (waiting.length > 0) alarm.set(ATTEMPT_DELAY);
      try {
        attempt(address);
      } catch (error) {
        // Node throws for what it finds wrong with the options: an invalid local address.
        fail(error);
      }
    };

    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    else if (waiting.length === 0)
      fail(new ConnectionError('NO_ADDRESS', 'there is no address to connect to'));
    else next();
  });
}

function ignore(): void {}

/** Milliseconds: what RFC 8305 section 8 recommends. */
const ATTEMPT_DELAY = 250;
