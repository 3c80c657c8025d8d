import type { ConnectionEvent, ConnectionRecord, ServerSpec } from './protocol.ts';
import { type Counts, ServerState } from './server-state.mjs';
import type { ThreadLink } from './thread-link.ts';

/** Less than the time limits that a client has by default: no connection ends by these. */
const DEADLINE = 15_000;

/** A test's view of one of its servers. */
export class TestServer {
  /** As `connectToHost()` takes them: `unix:` and the path, with port -1, of a server on a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly #link: ThreadLink;
  readonly #spec: ServerSpec;
  readonly #id: number;
  readonly #state: ServerState;

  private constructor(
    link: ThreadLink,
    spec: ServerSpec,
    id: number,
    port: number | null,
    state: ServerState,
  ) {
    this.#link = link;
    this.#spec = spec;
    this.#id = id;
    this.#state = state;
    this.host = 'path' in spec.listen ? `unix:${spec.listen.path}` : spec.listen.host;
    this.port = port ?? -1;
  }

  static async open(link: ThreadLink, spec: ServerSpec): Promise<TestServer> {
    const state = new ServerState();
    const { server, port } = await link.call({ do: 'listen', spec, memory: state.memory });
    return new TestServer(link, spec, server, port, state);
  }

  url(path = '/'): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host;
    return `${this.#spec.tls ? 'https' : 'http'}://${host}:${this.port}${path}`;
  }

  /** What the server has counted by now. Shared memory: right even if this thread's loop never turns. */
  get counts(): Counts {
    return this.#state.total;
  }

  /** The same for one connection. */
  countsOf(index: number): Counts {
    return this.#state.connection(index);
  }

  /** Stops this thread, as a blocking caller does, until the counts satisfy `reached`. */
  blockUntil(what: string, reached: (counts: Counts) => boolean, ms = DEADLINE): void {
    const end = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.#state.changes, 0);
      if (reached(this.counts)) return;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`not within ${ms} ms: ${what}; counted ${JSON.stringify(this.counts)}`);
      Atomics.wait(this.#state.changes, 0, seen, left);
    }
  }

  /** Lets every `waitFor: name` go on once. Also shared memory: works from a thread about to block. */
  release(name: string): void {
    this.#state.release(this.flag(name));
  }

  /** How often each name was released, for other threads to read and (`Atomics.add`, `notify`) to release. */
  get flags(): Int32Array<SharedArrayBuffer> {
    return this.#state.flags;
  }

  /** The place of `name` in `flags`. */
  flag(name: string): number {
    const flag = this.#spec.flags.indexOf(name);
    if (flag < 0) throw new Error(`no script of this server waits for ${name}`);
    return flag;
  }

  connections(): Promise<ConnectionRecord[]> {
    return this.#link.call({ do: 'connections', server: this.#id });
  }

  connected(index = 0): Promise<ConnectionRecord> {
    return this.#happened('connected', index);
  }

  /** Its TLS handshake is over. */
  secured(index = 0): Promise<ConnectionRecord> {
    return this.#happened('secured', index);
  }

  /** The peer has sent FIN. */
  ended(index = 0): Promise<ConnectionRecord> {
    return this.#happened('ended', index);
  }

  /** Its script is done. */
  finished(index = 0): Promise<ConnectionRecord> {
    return this.#happened('finished', index);
  }

  closed(index = 0): Promise<ConnectionRecord> {
    return this.#happened('closed', index);
  }

  /** Resolves with the record of a connection when it satisfies `reached`. */
  async waitFor(
    what: string,
    reached: (connection: ConnectionRecord) => boolean,
    index = 0,
    ms = DEADLINE,
  ): Promise<ConnectionRecord> {
    const end = performance.now() + ms;
    for (;;) {
      const seen = Atomics.load(this.#state.changes, 0);
      const record = (await this.connections())[index];
      if (record && reached(record)) return record;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`not within ${ms} ms: ${describe(what, index, record)}`);
      await this.#change(seen, left);
    }
  }

  /** Stops listening and cuts every connection. Its port refuses connections as long as these servers live. */
  async close(): Promise<void> {
    await this.#link.call({ do: 'close', server: this.#id });
  }

  #happened(event: ConnectionEvent, index: number): Promise<ConnectionRecord> {
    return this.waitFor(event, ({ events }) => events.includes(event), index);
  }

  /** Resolves when something has changed since `seen`, or after `ms`. */
  async #change(seen: number, ms: number): Promise<void> {
    // waitAsync does not keep alive a process that has nothing else to do: the timer does.
    const timer = setTimeout(() => {}, ms);
    await Atomics.waitAsync(this.#state.changes, 0, seen, ms).value;
    clearTimeout(timer);
  }
}

function describe(what: string, index: number, record: ConnectionRecord | undefined): string {
  const { received, ...rest } = record ?? { received: new Uint8Array(), events: [] };
  const head = JSON.stringify(Buffer.from(received).toString('latin1', 0, 200));
  return `connection ${index}: ${what}; seen ${JSON.stringify(rest)}, received ${head}`;
}
