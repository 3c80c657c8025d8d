import { copyOf } from '../../../shared/copy.ts';
import type { FailureCode } from '../../../shared/failure.ts';
import { codeOf, type ForeignCode, isBytes, messageOf } from '../../../shared/kinds.ts';
import { type Port, RELAY_WINDOW, type RelayMessage, relayWeight } from '../../../shared/messages.ts';
import { bytesOf, describe } from '../../options/arguments.ts';
import { BYTES_ONLY, type DuplexLike, markRelayed } from '../../stream-peer/duplex.ts';

/**
 * Carries the bytes of a caller's stream to its stand-in on the worker (relay-stream.ts), and back. Neither side sends
 * beyond the window: the stream is paused until the worker has passed on what it was sent, and the worker stops until
 * the stream has taken what it was given. Returns the worker's port.
 */
export function relayStream(stream: DuplexLike): Port {
  markRelayed(stream);
  const { port1: port, port2 } = new MessageChannel();
  let underWay = 0;
  let failed = false;
  /** Whether the stream can't be written to any more. */
  let over = false;
  const say = (message: RelayMessage): void => port.postMessage(message);
  /** Ends the connection. The worker then closes the port, and that destroys the stream. */
  const fail = (error: string, code: FailureCode | ForeignCode): void => {
    if (!failed) say({ error, code });
    failed = true;
  };
  const failWith = (error: unknown): void => fail(messageOf(error), codeOf(error) ?? 'STREAM_FAILED');
  /** Whatever the stream throws, and whenever, ends only this connection. */
  const attempt = (act: () => unknown): void => {
    try {
      act();
    } catch (error) {
      failWith(error);
    }
  };

  const send = (chunk: unknown): void => {
    // Text can't be turned back into bytes: what its encoding did not know is lost.
    if (!isBytes(chunk)) {
      const what = typeof chunk === 'string' ? 'text' : describe(chunk);
      fail(`the stream gave ${what} instead of bytes: ${BYTES_ONLY}`, 'NOT_BYTES');
      return;
    }
    const bytes = copyOf(bytesOf('the chunk', chunk));
    underWay += relayWeight(bytes);
    port.postMessage({ bytes } satisfies RelayMessage, [bytes.buffer]);
    if (underWay >= RELAY_WINDOW) stream.pause();
  };
  /** The stream has ended. If it does not allow half-open connections, Node then ends its other half too. */
  const end = (): void => {
    const halfOpen = stream.allowHalfOpen === true;
    over ||= !halfOpen;
    say({ end: true, halfOpen });
  };
  const hear = (message: RelayMessage): void => {
    if ('bytes' in message) {
      // The worker reports that these bytes were not sent.
      if (over) return;
      const { bytes } = message;
      stream.write(bytes, (error) => {
        // Node's streams emit the same error too, but later.
        if (error) failWith(error);
        else say({ passed: bytes.length });
      });
    } else if ('passed' in message) {
      const wasFull = underWay >= RELAY_WINDOW;
      underWay -= message.passed;
      if (wasFull && underWay < RELAY_WINDOW) stream.resume();
    } else stream.end(() => say({ finished: true }));
  };

  // If the worker closes its side, the stream is not needed any more.
  port.on('close', () => attempt(() => stream.destroy()));
  port.on('message', (message: RelayMessage) => attempt(() => hear(message)));
  // The stream keeps the program running while it is open; the port does not.
  port.unref();
  attempt(() => {
    stream.on('error', failWith);
    stream.on('end', () => attempt(end));
    stream.on('close', () => port.close());
    stream.on('data', (chunk: unknown) => attempt(() => send(chunk)));
    // The stream may have been paused, and may have ended.
    stream.resume();
    if (stream.readableEnded) end();
    if (stream.destroyed) port.close();
  });
  return port2;
}
