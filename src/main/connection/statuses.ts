import { Status } from '../../shared/enums.ts';
import { ErrorCode } from '../../shared/error-code.ts';

/** Whether the status passes without a call of the program. In blocking mode `poll()` sleeps in it. */
export function isWaiting(status: Status): boolean {
  return status === Status.RESOLVING || status === Status.CONNECTING || status === Status.REQUESTING;
}

/** Whether the transport is connected. */
export function isUp(status: Status): boolean {
  return status === Status.CONNECTED || status === Status.REQUESTING || status === Status.BODY;
}

export function isFailed(status: number): status is FailedStatus {
  return FAILED.some((failed) => failed === status);
}

const FAILED = [
  Status.CANT_RESOLVE,
  Status.CANT_CONNECT,
  Status.CONNECTION_ERROR,
  Status.TLS_HANDSHAKE_ERROR,
];

type FailedStatus = (typeof FAILED)[number];

/** The error that Godot's `poll()` returns each time in a status that only a new connection leaves; OK in any other. */
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
