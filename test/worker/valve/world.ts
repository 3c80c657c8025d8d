import { Client, type Shape } from './client.ts';
import { expand } from './expanding-sink.ts';
import { compose, Event, type Random, type Speech, type SpeechLimits, understand } from './language.ts';
import { Between, Source, type SourceKind } from './source.ts';

export interface Scenery {
  readonly shape: Shape;
  readonly limits: SpeechLimits;
  readonly kind: SourceKind;
  /** Bytes that the source brings at once. */
  readonly piece: number;
}

/**
 * One connection from its first byte to its end: whatever can happen happens in an order that `random` chooses, and at
 * every step what a valve promises is looked at.
 */
export class World {
  readonly #random: Random;
  readonly #scenery: Scenery;
  readonly #statistics: Map<string, number>;
  readonly #speech: Speech;
  readonly #source: Source;
  /** Null while the connection goes from one client to another. */
  #client: Client | null;
  #between: Between | null = null;
  /** The place in the speech of the first byte that the client has got. */
  #base = 0;
  #later: (() => void)[] = [];
  /** What the callers must hear, and how much of it they have heard. */
  #expected: readonly number[] = [];
  #heard = 0;

  constructor(random: Random, scenery: Scenery, statistics: Map<string, number>) {
    this.#random = random;
    this.#scenery = scenery;
    this.#statistics = statistics;
    this.#speech = compose(random, scenery.limits);
    this.#client = this.#makeClient(scenery.shape);
    this.#source = new Source(random, scenery.kind, this.#speech, scenery.piece, this.#client);
    this.#expect();
  }

  #makeClient(shape: Shape): Client {
    return new Client(
      {
        random: this.#random,
        later: (act) => this.#later.push(act),
        hear: (events) => this.#hear(events),
        count: (what) => this.#count(what),
      },
      shape,
    );
  }

  #count(what: string, times = 1): void {
    this.#statistics.set(what, (this.#statistics.get(what) ?? 0) + times);
  }

  #expect(): void {
    const change = this.#scenery.shape.expanding ? expand : (byte: number) => [byte];
    this.#expected = [...understand(this.#speech, this.#source.length, change), Event.END];
  }

  #hear(events: readonly number[]): void {
    for (const event of events) {
      const expected = this.#expected[this.#heard];
      if (event !== expected) throw new Error(`${this.#heard}: heard ${event} instead of ${expected}`);
      this.#heard += 1;
    }
  }

  run(): void {
    const steps = 200 + this.#random(2000);
    const patience = 1 + this.#random(10);
    for (let step = 0; step < steps; step++) this.#step(patience);
    for (let rounds = 0, quiet = 0; quiet < 3; rounds++) {
      quiet = this.#settle() ? 0 : quiet + 1;
      if (rounds > ENDLESS) throw new Error('it goes on for ever');
    }
    this.#checkRest();
  }

  /** Nothing is going to happen any more. */
  #checkRest(): void {
    const missing = this.#expected.length - this.#heard;
    const { read, length } = this.#source;
    if (missing > 0 || read < length)
      throw new Error(`it waits for ever: ${read} of ${length} bytes were read, ${missing} events not heard`);
    this.#countRing();
  }

  /** Something happens, or nothing. `patience`: of so many steps the caller takes one. */
  #step(patience: number): void {
    const random = this.#random;
    const source = this.#source;
    const client = this.#client;
    switch (random(8)) {
      case 0:
        source.come(this.#scenery.piece);
        break;
      case 1:
      case 2:
      case 3:
        source.next();
        break;
      case 4:
        if (random(patience) === 0) client?.caller.step(this.#scenery.piece);
        break;
      case 5:
        this.#deliverWake();
        break;
      case 6:
        this.#turn(4);
        break;
      default:
        this.#surprise();
    }
    this.#client?.checkSeen();
  }

  /** What comes rarely, and never has to. */
  #surprise(): void {
    const random = this.#random;
    const client = this.#client;
    switch (random(6)) {
      case 0:
        if (random(30) > 0) return;
        this.#source.die();
        this.#expect();
        break;
      case 1:
        // An old one.
        this.#wake();
        break;
      case 2:
        client?.caller.wakeUp();
        break;
      case 3:
        this.#giveAway();
        break;
      default:
        if (random(10) === 0) client?.hold();
    }
  }

  #deliverWake(): boolean {
    const caller = this.#client?.caller;
    if (!caller || caller.wakes === 0) return false;
    caller.wakes -= 1;
    this.#wake();
    return true;
  }

  #wake(): void {
    if (this.#client?.wake()) this.#source.resume();
  }

  /** The event loop turns. True: something was done. One turn in `patience` the caller goes on where it can. */
  #turn(patience: number): boolean {
    const acts = this.#later;
    this.#later = [];
    for (const act of acts) act();
    this.#source.turn();
    this.#client?.turn();
    const goesOn = this.#random(patience) === 0 && (this.#goOn() || this.#answer());
    return acts.length > 0 || goesOn;
  }

  #goOn(): boolean {
    const client = this.#client;
    if (client === null) return this.#adopt();
    if (client.putLateEnd()) return true;
    const { pause } = client;
    if (client.over || pause === null || (!pause.held && !client.hasSeenAll)) return false;
    const isStream = this.#base + client.given >= this.#speech.streamFrom;
    if (isStream ? client.takeOver(this.#source) : client.ask()) this.#source.resume();
    if (!pause.held && this.#source.gate?.asked) this.#source.openGate();
    return true;
  }

  /** The caller has all that the peer has said, and says something that makes it go on. */
  #answer(): boolean {
    const { gate } = this.#source;
    const client = this.#client;
    if (!client || !gate || gate.asked || !client.hasSeenAll) return false;
    if (this.#base + client.given < gate.at) return false;
    this.#source.openGate();
    return true;
  }

  #giveAway(): void {
    const client = this.#client;
    if (client === null || client.over || this.#scenery.shape.expanding) return;
    if (
      client.isStream && !client.pause
        ? client.caller.seen < client.streamFrom
        : !client.pause?.held || !client.hasSeenAll
    )
      return;
    const unread = client.ring.unread(client.caller.unread());
    const known = client.ring.put - client.caller.seen;
    if (unread.length !== known)
      throw new Error(`${unread.length} bytes were unread in the ring, of ${known}`);
    this.#between = new Between([unread, ...client.takeBacklog()], 2 * client.ring.capacity);
    this.#source.handTo(this.#between);
    this.#countRing();
    this.#count('given away');
    this.#client = null;
  }

  #adopt(): boolean {
    const unread = this.#between?.unread ?? [];
    const capacity = this.#scenery.shape.capacity * (1 + this.#random(2));
    const client = this.#makeClient({ ...this.#scenery.shape, capacity });
    this.#base = this.#source.read - unread.reduce((sum, { length }) => sum + length, 0);
    client.receive(unread);
    this.#client = client;
    this.#source.handTo(client);
    return true;
  }

  /** All that can happen by itself happens. False: nothing can. */
  #settle(): boolean {
    const source = this.#source;
    const client = this.#client;
    let something = false;
    const all = (act: () => boolean | undefined) => {
      for (; act(); something = true);
    };
    all(() => source.come(source.length));
    all(() => source.next());
    all(() => client?.caller.step(this.#scenery.shape.capacity));
    all(() => this.#deliverWake());
    something = this.#turn(1) || something;
    this.#client?.checkSeen();
    return something;
  }

  #countRing(): void {
    if (this.#client === null) return;
    const { ring } = this.#client;
    this.#count('need not park', ring.unparked);
    this.#count('rewound', ring.rewound);
  }
}

const ENDLESS = 100_000;
