import { Result, Status } from '../../shared/enums.ts';
import type { Failure, FailureCode, OwnFailure } from '../../shared/failure.ts';
import { fieldText, linesOf } from '../../shared/field-text.ts';
import type { Completion } from '../../shared/messages.ts';
import { cutPeer, type Failed } from '../connection/connection-failure.ts';
import type { ResponseHead } from '../http1/parser/response.ts';

/** The result of a request whose connection ended in a status. */
export function resultOf(status: Status): Result {
  switch (status) {
    case Status.CANT_RESOLVE:
      return Result.CANT_RESOLVE;
    case Status.CANT_CONNECT:
      return Result.CANT_CONNECT;
    case Status.TLS_HANDSHAKE_ERROR:
      return Result.TLS_HANDSHAKE_ERROR;
    default:
      return Result.CONNECTION_ERROR;
  }
}

/** The results that are told together with the answer's response code and headers, as in Godot. */
const TELLS_ANSWER: ReadonlySet<Result> = new Set([
  Result.SUCCESS,
  Result.BODY_SIZE_LIMIT_EXCEEDED,
  Result.BODY_DECOMPRESS_FAILED,
  Result.DOWNLOAD_FILE_CANT_OPEN,
  Result.DOWNLOAD_FILE_WRITE_ERROR,
  Result.REDIRECT_LIMIT_REACHED,
]);

/** The completion of a request. A failure contains what was known of the answer, whatever the result. */
export function completionOf(
  what: Pick<Completion, 'id' | 'url' | 'result' | 'body' | 'stored' | 'holdsFile'>,
  head: ResponseHead | null,
  failure: Failure | null,
): Completion {
  const responseCode = head?.statusCode ?? 0;
  const fields = head ? fieldText(head.fields) : '';
  const known = failure && head ? { responseCode, headers: linesOf(fields) } : {};
  const full = failure && { ...failure, ...known };
  return TELLS_ANSWER.has(what.result)
    ? { ...what, responseCode, fields, failure: full }
    : { ...what, responseCode: 0, fields: '', failure: full };
}

export function bodyTooLarge(bytes: number, limit: number): OwnFailure {
  const message = `The body has at least ${bytes} bytes, but bodySizeLimit is ${limit}.`;
  return { phase: 'body', code: 'BODY_SIZE_LIMIT_EXCEEDED', message, request: 'answered' };
}

export function noMemory(bytes: number): OwnFailure {
  const message = `There is no memory for a body of at least ${bytes} bytes.`;
  return { phase: 'body', code: 'OUT_OF_MEMORY', message, request: 'answered' };
}

/**
 * The failure of a request that was not complete within `timeout` milliseconds. For `waited` of these it waited for a
 * connection. `held`: it is still waiting for one, because the disk is behind.
 */
export function tooLate(
  { phase, where, request }: Failed,
  timeout: number,
  waited: number,
  held: boolean,
): OwnFailure {
  const peer = cutPeer(where);
  const done =
    phase === 'request'
      ? `The request to ${peer} was not sent`
      : `There was no complete response from ${peer}`;
  const what = `${done} within ${timeout / 1000} s.`;
  const seconds = (waited / 1000).toFixed(1);
  const why = ` For ${seconds} s of that time it waited for a connection. ${held ? SLOW_DISK : MORE_CONNECTIONS}`;
  return { phase, code: 'TIMEOUT', message: seconds === '0.0' ? what : what + why, request };
}

const SLOW_DISK = 'New downloads have to wait until the disk has written others.';

const MORE_CONNECTIONS = 'connectionsPerOrigin of WorkerPool says how many there may be.';

export function badRedirect(code: FailureCode, message: string): OwnFailure {
  return { phase: 'response', code, message, request: 'answered' };
}
