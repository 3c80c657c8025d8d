/**
 * Real servers for tests, on a thread of their own: they answer while the test's thread is blocked.
 *
 *     test('reads a body', async ({ servers }) => {
 *       const server = await servers.http();
 *       ... server.url('/bytes/1000') ...
 *     });
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { test as base } from 'vitest';
import type { Authority } from './certificates.mjs';
import type {
  Credentials,
  Hosts,
  Script,
  ServerSpec,
  ServerTLS,
  Service,
  SocksRefusal,
  Step,
} from './protocol.ts';
import { TestServer } from './test-server.ts';
import { ThreadLink } from './thread-link.ts';

export type { ConnectionRecord, Script, Step } from './protocol.ts';
export type { TestServer } from './test-server.ts';

export interface ServerOptions {
  /** '127.0.0.1' unless told; '::1' and 'localhost' are the others that make sense. */
  host?: string;
  /** 0, any that is free, unless told. */
  port?: number;
  /** On a unix socket (a named pipe on Windows) instead, at a path that is gone with these servers. */
  path?: boolean;
}

export interface SecureServerOptions extends ServerOptions {
  /** What is left out comes from a certificate of `servers.authority()` for localhost, 127.0.0.1 and ::1. */
  tls?: Partial<ServerTLS>;
}

export interface RawServerOptions extends ServerOptions {
  /** `true` or any option: the script is played over TLS. */
  tls?: Partial<ServerTLS> | boolean;
}

export interface ProxyOptions extends ServerOptions {
  /** `true` or any option: the proxy itself is reached over TLS. */
  tls?: Partial<ServerTLS> | boolean;
  /** Without them it answers 407. */
  credentials?: Credentials;
  /** Names that only the proxy knows: `{ 'target.test': '127.0.0.1' }`. */
  hosts?: Hosts;
  /** For these it answers 403. */
  forbiddenPorts?: readonly number[];
}

export interface SocksOptions extends ServerOptions {
  credentials?: Credentials;
  hosts?: Hosts;
  /** What it answers to every request, instead of connecting. */
  refusal?: SocksRefusal;
}

export interface SilentServerOptions {
  host?: string;
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
  #folder: Promise<string> | undefined;
  #paths = 0;

  /** Routes by `node:http`, see `routes.mjs`. */
  http(options: ServerOptions = {}): Promise<TestServer> {
    return this.#open(options, false, { kind: 'routes' }, ['next']);
  }

  /** The same routes over TLS. */
  https({ tls = {}, ...options }: SecureServerOptions = {}): Promise<TestServer> {
    return this.#open(options, tls, { kind: 'routes' }, ['next']);
  }

  /** Plays `script` on each connection; of several scripts one on each, the last one on all that follow. */
  raw(
    script: Script | readonly Script[],
    { tls = false, ...options }: RawServerOptions = {},
  ): Promise<TestServer> {
    const scripts = isList(script) ? script : [script];
    return this.#open(options, tls, { kind: 'scripts', scripts }, flagsOf(scripts));
  }

  /**
   * A forward proxy, for absolute targets and for CONNECT. The records of its connections tell what it was `asked`; its
   * counts how many requests there were, and how many `tunnels` it let through.
   */
  proxy(options: ProxyOptions = {}): Promise<TestServer> {
    const { tls = false, credentials = null, hosts = {}, forbiddenPorts = [] } = options;
    return this.#open(options, tls, { kind: 'proxy', credentials, hosts, forbiddenPorts });
  }

  /** A SOCKS5 server; it tells the same. */
  socks(options: SocksOptions = {}): Promise<TestServer> {
    const { credentials = null, hosts = {}, refusal = null } = options;
    return this.#open(options, false, { kind: 'socks', credentials, hosts, refusal });
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

  /** A path for a unix socket, or a named pipe, at which nobody listens. */
  async freePath(): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'tickhttp-'));
    const folder = await this.#folder;
    const name = `${++this.#paths}.sock`;
    return process.platform === 'win32' ? join('\\\\.\\pipe', folder, name) : join(folder, name);
  }

  /** Ends every server and every thread, whatever they are doing. */
  async close(): Promise<void> {
    await Promise.all([this.#link.end(), ...this.#sleepers.map((worker) => worker.terminate())]);
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(
    { host = '127.0.0.1', port = 0, path = false }: ServerOptions,
    tls: Partial<ServerTLS> | boolean,
    service: Service,
    flags: readonly string[] = [],
  ): Promise<TestServer> {
    const spec: ServerSpec = {
      listen: path ? { path: await this.freePath() } : { host, port },
      tls: tls === false ? null : await this.#complete(tls === true ? {} : tls),
      flags,
      service,
    };
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
