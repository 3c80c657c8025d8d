/**
 * Real servers for tests, on a thread of their own: they answer while the test's thread is blocked.
 *
 *     test('reads a body', async ({ servers }) => {
 *       const server = await servers.http();
 *       ... server.url('/bytes/1000') ...
 *     });
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { test as base } from 'vitest';
import type { Authority } from './certificates.mjs';
import type { Script, ServerSpec, ServerTLS, Step } from './protocol.ts';
import { TestServer } from './test-server.ts';
import { ThreadLink } from './thread-link.ts';

export type { ConnectionRecord, Script, Step } from './protocol.ts';
export type { TestServer } from './test-server.ts';

export interface ServerOptions {
  /** '127.0.0.1' unless told; '::1' and 'localhost' are the others that make sense. */
  host?: string;
}

export interface SecureServerOptions extends ServerOptions {
  /** What is left out comes from a certificate of `servers.authority()` for localhost, 127.0.0.1 and ::1. */
  tls?: Partial<ServerTLS>;
}

export interface RawServerOptions extends ServerOptions {
  /** `true` or any option: the script is played over TLS. */
  tls?: Partial<ServerTLS> | boolean;
}

export interface SilentServerOptions extends ServerOptions {
  /** The backlog is full already: on Linux a connection to it is never established, and never refused. */
  full?: boolean;
}

/** What a program finds at an address: all that is known of servers that do nothing. */
export interface Address {
  host: string;
  port: number;
}

export class Servers implements AsyncDisposable {
  readonly #link = new ThreadLink();
  readonly #sleepers: Worker[] = [];
  #authority: Promise<Authority> | undefined;

  /** Routes by `node:http`, see `routes.mjs`. */
  http({ host = '127.0.0.1' }: ServerOptions = {}): Promise<TestServer> {
    return this.#open({ host, tls: null, flags: ['next'], scripts: null });
  }

  /** The same routes over TLS. */
  async https({ host = '127.0.0.1', tls = {} }: SecureServerOptions = {}): Promise<TestServer> {
    return this.#open({ host, tls: await this.#complete(tls), flags: ['next'], scripts: null });
  }

  /** Plays `script` on each connection; of several scripts one on each, the last one on all that follow. */
  async raw(
    script: Script | readonly Script[],
    { host = '127.0.0.1', tls = false }: RawServerOptions = {},
  ): Promise<TestServer> {
    const scripts = isList(script) ? script : [script];
    const flags = flagsOf(scripts);
    const secure = tls === false ? null : await this.#complete(tls === true ? {} : tls);
    return this.#open({ host, tls: secure, flags, scripts });
  }

  /** A port that refuses connections as long as these servers live. */
  refusedPort(host = '127.0.0.1'): Promise<number> {
    return this.#link.call({ do: 'refuse', host });
  }

  /** Connections to it are established by the kernel; nobody ever reads from them or answers. */
  async silent({ host = '127.0.0.1', full = false }: SilentServerOptions = {}): Promise<Address> {
    const backlog = full ? 1 : 511;
    const workerData = { host, backlog };
    const worker = new Worker(new URL('./silent-thread.mjs', import.meta.url), { workerData, execArgv: [] });
    this.#sleepers.push(worker);
    const [port] = await once(worker, 'message');
    // Linux lets one more than the backlog in.
    if (full) await this.#link.call({ do: 'fill', host, port, connections: backlog + 1 });
    return { host, port };
  }

  /** The authority of the default certificates: its `cert` is what a client has to trust. */
  authority(): Promise<Authority> {
    // Imported when needed: it costs more than everything else here together.
    this.#authority ??= import('./certificates.mjs').then(({ makeAuthority }) => makeAuthority());
    return this.#authority;
  }

  /** Ends every server and every thread, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all([this.#link.end(), ...this.#sleepers.map((worker) => worker.terminate())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(spec: ServerSpec): Promise<TestServer> {
    return TestServer.open(this.#link, spec);
  }

  async #complete(tls: Partial<ServerTLS>): Promise<ServerTLS> {
    const { key, cert } = tls;
    if (key !== undefined && cert !== undefined) return { ...tls, key, cert };
    return { ...(await (await this.authority()).issue()), ...tls };
  }
}

/** `await using servers = await startServers()`, where a fixture does not fit. */
export async function startServers(): Promise<Servers> {
  return new Servers();
}

/** vitest's `test` with `servers`, ended when the test is over. */
export const test = base.extend<{ servers: Servers }>({
  servers: async ({ task: _task }, use) => {
    const servers = await startServers();
    try {
      await use(servers);
    } finally {
      await servers.close();
    }
  },
});

function isList(script: Script | readonly Script[]): script is readonly Script[] {
  return Array.isArray(script[0]);
}

function flagsOf(scripts: readonly Script[]): string[] {
  const names = scripts.flat().flatMap((step: Step) => ('waitFor' in step ? [step.waitFor] : []));
  return [...new Set(names)];
}
