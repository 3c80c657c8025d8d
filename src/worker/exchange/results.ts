import { Result, Status } from '../../shared/enums.ts';
import type { Failure, RequestFate } from '../../shared/failure.ts';

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

export function bodyTooLarge(bytes: number, limit: number): Failure {
  const message = `The body has ${bytes} bytes or more, and bodySizeLimit is ${limit}.`;
  return { phase: 'body', code: 'BODY_SIZE_LIMIT_EXCEEDED', message, request: 'answered' };
}

export function noMemory(bytes: number): Failure {
  const message = `There is no memory for a body of ${bytes} bytes or more.`;
  return { phase: 'body', code: 'OUT_OF_MEMORY', message, request: 'answered' };
}

/** `waited`: milliseconds for which it has had no connection; 0 if it has one. */
export function tooLate(timeout: number, host: string, waited: number, request: RequestFate): Failure {
  const what = `${host} gave no complete answer in ${timeout / 1000} s`;
  const why = waited === 0 ? '' : `; for ${(waited / 1000).toFixed(1)} s it waited for its turn`;
  const advice = waited === 0 ? '' : ' (connectionsPerOrigin of WorkerPool)';
  const message = `${what}${why}${advice}.`;
  return { phase: waited === 0 ? 'response' : 'connect', code: 'TIMEOUT', message, request };
}

export function badRedirect(code: string, message: string): Failure {
  return { phase: 'response', code, message, request: 'answered' };
}
