/** How far the connection had come when it failed; `argument` is a call that was refused, `worker` the thread itself. */
export type FailurePhase =
  | 'argument'
  | 'resolve'
  | 'connect'
  | 'tls'
  | 'request'
  | 'response'
  | 'body'
  | 'idle'
  | 'worker';

/** Why something failed: for people in `message`, for programs in `code`. */
export interface Failure {
  readonly phase: FailurePhase;
  /** Node's code where there is one (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), else one of tickhttp's own. */
  readonly code: string;
  /** What happened, where, with which value, and what to do about it. */
  readonly message: string;
}
