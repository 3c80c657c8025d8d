import { Status } from '../../shared/enums.ts';
import type { Failure } from '../../shared/failure.ts';
import { Death } from '../../shared/log/layout.ts';

/** A call that was refused. */
export function refusal(code: string, message: string): Failure {
  return { phase: 'argument', code, message, request: null };
}

/** For what a call has not done, or done `partly`, because there was no memory. */
export function outOfMemory(bytes: number, partly = false): Failure {
  const message = `There is no memory for ${bytes} bytes`;
  if (!partly)
    return refusal('OUT_OF_MEMORY', `${message}: nothing was lost, and the call can be made again.`);
  const end = 'a part of the body had been sent, so the connection was ended';
  return { phase: 'request', code: 'OUT_OF_MEMORY', message: `${message}: ${end}.`, request: 'unanswered' };
}

/** For bytes of a stream that were accepted, and never will be sent. `byPeer`: the other side has ended it. */
export function streamTruncated(bytes: number, byPeer: boolean): Failure {
  const ended = byPeer ? 'The other side ended the stream' : 'The connection was closed';
  const advice = byPeer
    ? 'To send on after that, a stream of fromDuplex() needs allowHalfOpen.'
    : 'To send everything call shutdown(), go on reading, and close when getUnsentBytes() is 0.';
  const message = `${ended} before ${bytes} bytes that putData() had accepted were sent. ${advice}`;
  return { phase: 'stream', code: 'STREAM_TRUNCATED', message, request: null };
}

/** With what it has cost. */
export function withUnsent(failure: Failure, bytes: number): Failure {
  if (bytes === 0 || failure.code === 'STREAM_TRUNCATED') return failure;
  const lost = `${bytes} bytes that putData() had accepted were not sent.`;
  return { ...failure, message: `${failure.message} ${lost}` };
}

/** Two things that nobody could look at in between: `before` is the older one, null for none. */
export function withBefore(failure: Failure, before: Failure | null): Failure {
  return before ? { ...failure, message: `${failure.message} Before that: ${before.message}` } : failure;
}

/** What a tombstone (layout.ts) means to a person. `epitaph` is the thread's own last word, if it is known. */
export function deathFailure(death: number, epitaph: string): Failure {
  const because = epitaph === '' ? '' : `: ${epitaph.replace(/\.$/, '')}`;
  switch (death) {
    case Death.POOL_CLOSED:
      return worker(
        'POOL_CLOSED',
        'The WorkerPool of this client was closed. Make the client with another pool.',
      );
    case Death.UNRESPONSIVE:
      return worker(
        'WORKER_UNRESPONSIVE',
        'The worker thread stopped answering and was ended. connectToHost() uses another.',
      );
    case Death.NOT_STARTED:
      return worker(NOT_STARTED, `There is no worker thread for this client${because}.`);
    default:
      return worker('WORKER_EXITED', `The worker thread ended${because}. connectToHost() uses another.`);
  }
}

/** Without a thread there was no connection either. */
export function statusAtDeath({ code }: Failure): Status {
  return code === NOT_STARTED ? Status.CANT_CONNECT : Status.CONNECTION_ERROR;
}

const NOT_STARTED = 'WORKER_NOT_STARTED';

function worker(code: string, message: string): Failure {
  return { phase: 'worker', code, message, request: null };
}
