import type { WorkerTimeouts } from '../../shared/settings.ts';
import { requireInteger, requireKnown, requireObject } from './arguments.ts';

/**
 * Milliseconds. The worker counts all but `blocking`, so that a busy caller does not make them fire. They are off at 0.
 */
export interface Timeouts {
  /** For DNS, of the host or of its proxy. CANT_RESOLVE, code `RESOLVE_TIMEOUT`. Default: that of `connect`. */
  resolve: number;
  /**
   * For TCP, whatever number of addresses there is, and again for a proxy to open a tunnel. CANT_CONNECT, code
   * `CONNECT_TIMEOUT`. Default 30 000.
   */
  connect: number;
  /** For a TLS handshake. TLS_HANDSHAKE_ERROR, code `TLS_TIMEOUT`. Default: that of `connect`. */
  tls: number;
  /**
   * From the request, or from the last piece of its body that could be sent, to the end of the answer's head. A 1xx, or
   * half a head, does not start it anew. CONNECTION_ERROR, code `HEADERS_TIMEOUT`. Default 0.
   */
  headers: number;
  /**
   * From the head of the answer to the first byte of its body, and from each byte to the next. Stands still while
   * `bufferSize` is used up. Off while the request is still being sent: a server may answer before it has read all of
   * it. CONNECTION_ERROR, code `BODY_TIMEOUT`. Default 0.
   */
  body: number;
  /**
   * From the request to the end of the answer. Stands still while `bufferSize` is used up. CONNECTION_ERROR, code
   * `REQUEST_TIMEOUT`. Default 0.
   */
  request: number;
  /**
   * Milliseconds that one call may sleep in blocking mode. Only its sleeps count, not what a clock says. When they are
   * over the call returns what there is, with the status unchanged, so that a loop can go on where it was. Default
   * 30 000.
   */
  blocking: number;
}

/** `satisfies` keeps it complete. */
const TIMEOUTS = {
  resolve: true,
  connect: true,
  tls: true,
  headers: true,
  body: true,
  request: true,
  blocking: true,
} satisfies Record<keyof Timeouts, true>;

export const MAX_MILLISECONDS = 2 ** 31 - 1;

type Given = Readonly<Record<keyof Timeouts, number | undefined>>;

export interface NormalisedTimeouts {
  /** What was set, without the defaults. */
  readonly given: Given;
  readonly blocking: number;
  readonly worker: WorkerTimeouts;
}

/**
 * A limit that `timeouts` leaves out is that of `before`, else the default. Throws `TypeError` for a wrong type or
 * name, `RangeError` for a number out of range.
 */
export function normaliseTimeouts(timeouts: Partial<Timeouts>, before?: Given): NormalisedTimeouts {
  requireObject('timeouts', timeouts);
  requireKnown('timeouts.', timeouts, TIMEOUTS);
  const pick = (name: keyof Timeouts): number | undefined => {
    const milliseconds = timeouts[name];
    if (milliseconds === undefined) return before?.[name];
    requireInteger(`timeouts.${name}`, milliseconds, name === 'blocking' ? 1 : 0, MAX_MILLISECONDS);
    return milliseconds;
  };
  const given = {
    resolve: pick('resolve'),
    connect: pick('connect'),
    tls: pick('tls'),
    headers: pick('headers'),
    body: pick('body'),
    request: pick('request'),
    blocking: pick('blocking'),
  };
  const { connect = 30_000, headers = 0, body = 0, request = 0, blocking = 30_000 } = given;
  const { resolve = connect, tls = connect } = given;
  return { given, blocking, worker: { connect, resolve, tls, headers, body, request } };
}
