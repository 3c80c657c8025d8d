/**
 * Makes the bytes that come over the wire into what a sink gets: what a protocol gives to a {@link Valve}. It is called
 * from inside a read, or a wake that works off what was read before, and throws nothing: its errors it tells to its own
 * owner.
 */
export interface Wire {
  /** More is to come of what has begun: an answer, a stream. */
  readonly active: boolean;
  /** How many of the next bytes are body for certain, so that they can be read straight into the sink. */
  directBytes(): number;
  /** `count` bytes of body, no more than `directBytes()`, were put into the sink. */
  passed(count: number): void;
  /**
   * Takes `bytes[0, count)`, all of them. It may overwrite them, and must copy what it keeps. Into the sink it puts at
   * most as many bytes as it was given and had kept, besides what the valve has in reserve.
   * @returns how many of them were body.
   */
  take(bytes: Uint8Array, count: number): number;
  /** Bytes that were taken and are still to be put into the sink. The valve keeps room for them. */
  readonly keptBytes: number;
}
