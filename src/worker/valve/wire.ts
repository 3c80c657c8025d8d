/**
 * Turns the bytes that come over the wire into what a sink gets. A protocol gives it to a {@link Valve}, which calls it
 * inside a read, or inside a wake that works off what was read before. It throws nothing, and reports errors to its own
 * owner.
 */
export interface Wire {
  /** It is inside something of which more is to come: an answer, a stream. */
  readonly active: boolean;
  /** How many of the next bytes are body for certain, so that they can be read straight into the sink. */
  directBytes(): number;
  /** `count` bytes of body, no more than `directBytes()`, were put into the sink. */
  passed(count: number): void;
  /**
   * Takes all of `bytes[0, count)`. It may overwrite them, and must copy what it keeps. It puts at most as many bytes
   * into the sink as it was given and had kept, besides the valve's reserve.
   * @returns how many of them were body.
   */
  take(bytes: Uint8Array, count: number): number;
  /** Bytes that were taken and are still to be put into the sink. The valve keeps room for them. */
  readonly keptBytes: number;
}
