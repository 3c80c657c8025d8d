import type { Death } from '../../shared/log/layout.ts';
import type { Memory } from '../../shared/log/memory.ts';
import { Inbox } from '../../shared/log/outbox.ts';
import type {
  AdoptMessage,
  ClientMessage,
  GiveMessage,
  ReleasedMessage,
  RequestMessage,
  StartMessage,
} from '../../shared/messages.ts';
import type { ClientSettings } from '../../shared/settings.ts';
import type { ClientConnection } from '../connection/client-connection.ts';
import type { Handovers } from '../connection/handovers.ts';
import type { Lent } from '../connection/lent.ts';
import type { Surroundings } from '../connection/surroundings.ts';
import { LogStory } from '../sinks/log-story.ts';
import { RingSink } from '../sinks/ring-sink.ts';
import type { UnpackedLog } from '../sinks/unpacked-log.ts';
import type { Spin } from './spin.ts';
import { SpinPolicy } from './spin-policy.ts';
import { takeRequest } from './take-request.ts';

/** What the clients of a thread share. */
export interface Common {
  /** Makes a connection, which is not connected yet. */
  readonly open: (parts: ConnectionParts) => ClientConnection;
  /** Null if the platform unpacks by itself. */
  readonly unpacking: SessionUnpacking | null;
  readonly handovers: Handovers;
  readonly lent: Lent;
  /** Null: the thread never spins. */
  readonly spin: Spin | null;
}

export type ConnectionParts = Pick<Surroundings, 'sink' | 'story' | 'settings'>;

/** What unpacks the bodies of a client on their way into its log. */
export interface SessionUnpacking {
  begin(log: RingSink, story: LogStory, settings: ClientSettings): UnpackedLog;
  /** The Accept-Encoding of a request with these fields; undefined for none. */
  askFor(headers: readonly string[]): string | undefined;
}

/** A client, seen from its worker: its memory, its port, and the connection it has at the moment. */
export class ClientSession {
  #settings: ClientSettings;
  readonly #common: Common;
  readonly #log: RingSink;
  readonly #inbox: Inbox;
  readonly #spinPolicy: SpinPolicy;
  #connection: ClientConnection | null = null;
  /** Unpacks bodies that come over the connection, if the client wants that. */
  #unpacked: UnpackedLog | null = null;
  #ended = false;

  constructor(memory: Memory<ArrayBufferLike>, settings: ClientSettings, common: Common) {
    this.#settings = settings;
    this.#common = common;
    this.#log = new RingSink(memory);
    this.#inbox = new Inbox(memory);
    this.#spinPolicy = new SpinPolicy(this.#log, this.#inbox, common.spin, () => this.#takeRequest());
  }

  get connection(): ClientConnection | null {
    return this.#connection?.over === false ? this.#connection : null;
  }

  hear(message: Exclude<ClientMessage, StartMessage | ReleasedMessage>): void {
    switch (message.verb) {
      case 'connect':
        this.#begin(message.epoch).connect(message);
        break;
      case 'adopt':
        this.#adopt(message);
        break;
      case 'give':
        this.#give(message);
        break;
      case 'timeouts':
        this.#settings = { ...this.#settings, timeouts: message.timeouts };
        this.#connection?.setTimeouts(message.timeouts);
        break;
      case 'request':
        this.#request(message);
        break;
      case 'body':
        if (this.#connection) this.#connection.addBody(message.bytes);
        else this.#common.lent.giveBack(message.bytes);
        break;
      case 'stream':
        this.#connection?.bytes?.stream();
        break;
      case 'write':
        if (this.#connection?.bytes) this.#connection.bytes.send(message.bytes);
        else this.#common.lent.giveBack(message.bytes);
        break;
      case 'shutdown':
        this.#connection?.bytes?.shutdown();
        break;
      case 'close':
        this.close();
        break;
      case 'wake':
        this.#takeRequest();
        this.#unpacked?.wake();
        this.#connection?.wake();
        break;
      case 'end':
        this.end();
        break;
      default:
        message satisfies never;
    }
  }

  #adopt({ epoch, source }: AdoptMessage): void {
    const connection = this.#begin(epoch).bytes;
    if ('relay' in source) connection?.relay(source.relay);
    else connection?.adopt((receive) => this.#common.handovers.take(source.handover, receive));
    // The caller did not wait for CONNECTED: its request, and the wake for it, may have come before this message.
    this.#takeRequest();
  }

  #give({ handover, unread, unsent }: GiveMessage): void {
    const { handovers } = this.#common;
    // A connection that has ended is given away too, with the bytes that are still unread.
    const bytes = this.#connection?.bytes;
    if (bytes) {
      const takeUnread = () => this.#log.unread(unread);
      bytes.give(takeUnread, unsent, (given) => handovers.give(handover, given));
    } else handovers.give(handover, null);
  }

  #begin(epoch: number): ClientConnection {
    this.close();
    this.#log.begin(epoch);
    const story = new LogStory(this.#log, this.#spinPolicy);
    const { open, unpacking } = this.#common;
    const settings = this.#settings;
    this.#unpacked = settings.decompress ? (unpacking?.begin(this.#log, story, settings) ?? null) : null;
    this.#connection = open({
      sink: this.#unpacked ?? this.#log,
      story: this.#unpacked ?? story,
      settings,
    });
    this.#unpacked?.connect(this.#connection);
    return this.#connection;
  }

  #request(message: RequestMessage): void {
    const { unpacking } = this.#common;
    const acceptEncoding = this.#settings.decompress ? unpacking?.askFor(message.headers) : undefined;
    if (this.#connection) this.#connection.request({ ...message, acceptEncoding });
    else for (const bytes of message.body) this.#common.lent.giveBack(bytes);
  }

  #takeRequest(): void {
    const request = takeRequest(this.#inbox);
    if (request) this.#request(request);
  }

  close(): void {
    this.#unpacked?.close();
    this.#unpacked = null;
    this.#connection?.close();
    this.#connection = null;
  }

  /** The client is gone for good, and its memory may serve another client from now on. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.close();
    this.#spinPolicy.end();
    this.#log.releaseMemory();
  }

  /** Shows the caller that the thread's event loop turns. */
  beat(): void {
    this.#log.beat();
  }

  markDead(death: Death): void {
    this.#log.markDead(death);
  }
}
