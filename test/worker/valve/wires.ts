import type { BodySink } from '../../../src/worker/sinks/body-sink.ts';
import type { Wire } from '../../../src/worker/valve/wire.ts';

/** All bytes are body, as on a raw stream. */
export class Stream implements Wire {
  readonly active = true;
  readonly keptBytes = 0;
  readonly #sink: BodySink;

  constructor(sink: BodySink) {
    this.#sink = sink;
  }

  directBytes(): number {
    return 0;
  }

  passed(): void {
    throw new Error('a stream knows nothing for certain');
  }

  take(bytes: Uint8Array, count: number): number {
    this.#sink.body(bytes, 0, count);
    bytes.fill(0, 0, count);
    return count;
  }
}

/** Counts what another wire is given. */
export class CountingWire implements Wire {
  readonly #wire: Wire;
  readonly #check: () => void;
  given = 0;
  body = 0;

  /** `check` is called before it is given any. */
  constructor(wire: Wire, check: () => void) {
    this.#wire = wire;
    this.#check = check;
  }

  get active(): boolean {
    return this.#wire.active;
  }

  get keptBytes(): number {
    return this.#wire.keptBytes;
  }

  directBytes(): number {
    return this.#wire.directBytes();
  }

  passed(count: number): void {
    this.#check();
    this.given += count;
    this.body += count;
    this.#wire.passed(count);
  }

  take(bytes: Uint8Array, count: number): number {
    this.#check();
    this.given += count;
    const body = this.#wire.take(bytes, count);
    this.body += body;
    return body;
  }
}
