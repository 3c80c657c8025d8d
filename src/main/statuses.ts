import { Status } from '../shared/enums.ts';

/** One that passes by itself, and that `poll()` sleeps in in blocking mode. */
export function isWaiting(status: Status): boolean {
  return status === Status.RESOLVING || status === Status.CONNECTING || status === Status.REQUESTING;
}

export function isFailure(status: number): status is FailureStatus {
  return FAILURES.some((failed) => failed === status);
}

const FAILURES = [
  Status.CANT_RESOLVE,
  Status.CANT_CONNECT,
  Status.CONNECTION_ERROR,
  Status.TLS_HANDSHAKE_ERROR,
];

type FailureStatus = (typeof FAILURES)[number];
