import { SpareBuffers } from '../../shared/spare-buffers.ts';

/** Reads a body piece by piece. A piece is good until the next `read()`, which returns null at the end of the body. */
export interface BodyReader {
  read(): Promise<Uint8Array | null>;
}

/** Reads into memory that is used again, in browsers that can: not every one has streams of bytes for bodies. */
export function openBody(body: ReadableStream<Uint8Array>): BodyReader {
  try {
    return new ReusingReader(body.getReader({ mode: 'byob' }));
  } catch {
    return new PlainReader(body.getReader());
  }
}

/** Of all bodies of this thread. */
const spare = new SpareBuffers();

class ReusingReader implements BodyReader {
  readonly #reader: ReadableStreamBYOBReader;
  #memory = spare.take();

  constructor(reader: ReadableStreamBYOBReader) {
    this.#reader = reader;
  }

  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#reader.read(new Uint8Array(this.#memory));
    if (value) this.#memory = value.buffer;
    if (!done) return value;
    spare.give(this.#memory);
    return null;
  }
}

class PlainReader implements BodyReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#reader.read();
    return done ? null : value;
  }
}
