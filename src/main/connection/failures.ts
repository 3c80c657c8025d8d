import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';
import type { Failure, FailureCode, OwnFailure } from '../../shared/failure.ts';
import { Death } from '../../shared/log/layout.ts';

/** The failure of a call that was refused. */
export function refusal(code: FailureCode, message: string): OwnFailure {
  return { phase: 'argument', code, message, request: null };
}

/** What a call returns that was refused for `failure`: `error`, unless the failure has an ErrorCode of its own. */
export function errorFor(failure: Failure | null, error: ErrorCode): ErrorCode {
  switch (failure?.code) {
    case 'UNAVAILABLE_IN_BROWSER':
      return ErrorCode.ERR_UNAVAILABLE;
    case 'FILE_ALREADY_IN_USE':
      return ErrorCode.ERR_FILE_ALREADY_IN_USE;
    default:
      return error;
  }
}

/** A call had no memory, and did nothing; or did a part of its work, if `partly`. */
export function outOfMemory(bytes: number, partly = false): OwnFailure {
  const message = `There is no memory for ${bytes} bytes`;
  if (!partly)
    return refusal('OUT_OF_MEMORY', `${message}: nothing was lost, so the call can be made again.`);
  const end = 'a part of the body had been sent, so the connection was ended';
  return { phase: 'request', code: 'OUT_OF_MEMORY', message: `${message}: ${end}.`, request: 'unanswered' };
}

/** For bytes of a stream that were accepted, and will never be sent. `byPeer`: the other side ended it. */
export function streamTruncated(bytes: number, byPeer: boolean): OwnFailure {
  const ended = byPeer ? 'The other side ended the stream' : 'The connection was closed';
  const advice = byPeer
    ? 'To send after that, a stream of fromDuplex() needs allowHalfOpen.'
    : 'To send everything, call shutdown(), go on reading, and close when getUnsentBytes() is 0.';
  const message = `${ended} before ${bytes} bytes that putData() had accepted were sent. ${advice}`;
  return { phase: 'stream', code: 'STREAM_TRUNCATED', message, request: null };
}

/** The failure, with the number of bytes that were lost. */
export function withUnsent(failure: Failure, bytes: number): Failure {
  if (bytes === 0 || failure.code === 'STREAM_TRUNCATED') return failure;
  const lost = `${bytes} bytes that putData() had accepted were not sent.`;
  return { ...failure, message: `${failure.message} ${lost}` };
}

/** The failure, with an older one that nobody could have looked at in between; null for none. */
export function withBefore(failure: Failure, before: Failure | null): Failure {
  return before ? { ...failure, message: `${failure.message} Before that: ${before.message}` } : failure;
}

/**
 * The failure for a tombstone (layout.ts).
 *
 * @param endReason What the thread wrote as it ended; empty if nothing.
 */
export function deathFailure(death: number, endReason: string): OwnFailure {
  const because = endReason === '' ? '' : `: ${endReason.replace(/\.$/, '')}`;
  switch (death) {
    case Death.POOL_CLOSED:
      return workerFailure('POOL_CLOSED', 'The WorkerPool was closed. Use another pool.');
    case Death.UNRESPONSIVE:
      return workerFailure(
        'WORKER_UNRESPONSIVE',
        'The worker thread stopped answering and was ended. The next connection uses another thread.',
      );
    case Death.NOT_STARTED:
      return workerFailure(NOT_STARTED, `There is no worker thread for this client${because}.`);
    default:
      return workerFailure(
        'WORKER_EXITED',
        `The worker thread ended${because}. The next connection uses another thread.`,
      );
  }
}

/** Without a thread there was no connection either. */
export function statusAtDeath({ code }: Failure): Status {
  return code === NOT_STARTED ? Status.CANT_CONNECT : Status.CONNECTION_ERROR;
}

const NOT_STARTED = 'WORKER_NOT_STARTED';

function workerFailure(code: FailureCode, message: string): OwnFailure {
  return { phase: 'worker', code, message, request: null };
}
