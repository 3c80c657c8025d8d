import { HTTPClient, TLSOptions, WorkerPool } from 'tickhttp';
import { expect } from 'vitest';
import { failed } from './proxied.ts';
import type { Address } from './servers.ts';

/**
 * One thread, and the time as it measures it: a client of its own there fails after `ms`. Timers go off in their order,
 * however busy the machine is, so whatever was to happen on that thread in the same time has happened.
 */
export class Clock implements AsyncDisposable {
  readonly pool = new WorkerPool({ threads: 1 });
  readonly #silent: Address;

  constructor(silent: Address) {
    this.#silent = silent;
  }

  async elapse(ms: number): Promise<void> {
    const http = new HTTPClient({ pool: this.pool, timeouts: { tls: ms } });
    http.connectToHost(this.#silent.host, this.#silent.port, TLSOptions.clientUnsafe());
    expect((await failed(http)).code).toBe('TLS_TIMEOUT');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool.close();
  }
}
