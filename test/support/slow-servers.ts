import { ErrorCode, type HTTPClient, type HTTPClientOptions, Method } from 'tickhttp';
import { afterAll, beforeAll, expect } from 'vitest';
import { connect } from './client.ts';
import { Clock } from './clock.ts';
import { unlessHeldUp } from './held-up.ts';
import { type Script, type Servers, startServers, type TestServer } from './servers.ts';

export type Timeouts = NonNullable<HTTPClientOptions['timeouts']>;

/** Milliseconds, odd enough to be known in a message. */
export const SHORT = 151;
/** Of a timeout that must not fire while a server that is not silent takes its time. */
export const LONG = 2000;
/** Less than LONG by far; three of them are more. */
export const STEP = 700;
/** Of the times that are SHORT, or LONG. */
export const SLACK = { short: 30, long: 300 };

/** Servers that take their time, and a clock for it. To be made once, at the top of a file of tests. */
export class SlowServers {
  #servers: Servers | undefined;
  #clock: Clock | undefined;
  /** It does nothing; its thread is that of all servers here. */
  #awake: TestServer | undefined;

  constructor() {
    beforeAll(async () => {
      this.#servers = await startServers();
      this.#awake = await this.servers.http();
      this.#clock = new Clock(await this.servers.silent());
    });
    afterAll(async () => {
      await this.#clock?.pool.close();
      await this.#servers?.close();
    });
  }

  get servers(): Servers {
    if (!this.#servers) throw new Error('the servers do not run yet');
    return this.#servers;
  }

  get clock(): Clock {
    if (!this.#clock) throw new Error('the clock does not run yet');
    return this.#clock;
  }

  /** A test that holds only if the server, the worker and this thread are awake before a time limit is over. */
  inTime(slack: number, run: (factor: number) => Promise<void>): Promise<void> {
    const factors = slack === SLACK.short ? [1, 2, 4, 8] : [1, 2, 4];
    const calls = [() => this.clock.pool.stats(), () => Promise.resolve(this.#awake?.connections())];
    return unlessHeldUp(calls, slack, run, factors);
  }

  /** A client whose request to a server with this script is under way. */
  async asking(
    script: Script,
    timeouts: Timeouts,
    options: HTTPClientOptions = {},
  ): Promise<{ http: HTTPClient; server: TestServer }> {
    const server = await this.servers.raw([{ expectHead: true }, ...script]);
    const http = await connect(server, { ...options, timeouts, pool: this.clock.pool });
    expect(http.request(Method.GET, '/', [])).toBe(ErrorCode.OK);
    return { http, server };
  }
}
