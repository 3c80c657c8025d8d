import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';

/** One that passes by itself, and that `poll()` sleeps in in blocking mode. */
export function isWaiting(status: Status): boolean {
  return status === Status.RESOLVING || status === Status.CONNECTING || status === Status.REQUESTING;
}

/** The transport is there. */
export function isUp(status: Status): boolean {
  return status === Status.CONNECTED || status === Status.REQUESTING || status === Status.BODY;
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

/** Godot's `poll()` says this again and again in a status that only a new connection leaves. */
export function stickyError(status: Status): ErrorCode {
  switch (status) {
    case Status.DISCONNECTED:
      return ErrorCode.ERR_UNCONFIGURED;
    case Status.CANT_RESOLVE:
      return ErrorCode.ERR_CANT_RESOLVE;
    case Status.CANT_CONNECT:
      return ErrorCode.ERR_CANT_CONNECT;
    case Status.CONNECTION_ERROR:
    case Status.TLS_HANDSHAKE_ERROR:
      return ErrorCode.ERR_CONNECTION_ERROR;
    default:
      return ErrorCode.OK;
  }
}
