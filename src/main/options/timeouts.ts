import type { WorkerTimeouts } from '../../shared/settings.ts';
import { requireInteger, requireKnown, requireObject } from './arguments.ts';

/**
 * Time limits in milliseconds, whole numbers up to 2 147 483 647. 0 is no limit (not for `blocking`). The worker
 * measures all of them but `blocking`: a busy main thread neither pauses nor triggers them.
 */
export interface Timeouts {
  /**
   * For the DNS look-up of the host, or of its proxy. If it runs out: CANT_RESOLVE, code `RESOLVE_TIMEOUT`. Default:
   * the value of `connect`.
   */
  resolve: number;
  /**
   * For TCP, however many addresses are tried, and once more for a proxy to open a tunnel. If it runs out:
   * CANT_CONNECT, code `CONNECT_TIMEOUT`. Default 30 000.
   */
  connect: number;
  /** For a TLS handshake. If it runs out: TLS_HANDSHAKE_ERROR, code `TLS_TIMEOUT`. Default: the value of `connect`. */
  tls: number;
  /**
   * From the request, or from the last piece of its body that could be sent, to the end of the response's head. A 1xx
   * response, or half a head, does not restart it. If it runs out: CONNECTION_ERROR, code `HEADERS_TIMEOUT`. Default 0.
   */
  headers: number;
  /**
   * From the head of the response to the first byte of its body, from each byte to the next, and from the last one to
   * the end of the response. Only bytes of the body restart it, compressed or not; the framing of chunks and trailers
   * do not. It pauses while `bufferSize` is used up. It is off while the request is still being sent, because a server
   * may respond before it has read the whole request. If it runs out: CONNECTION_ERROR, code `BODY_TIMEOUT`. Default 0.
   */
  body: number;
  /**
   * From the request to the end of the response. It pauses while `bufferSize` is used up. If it runs out:
   * CONNECTION_ERROR, code `REQUEST_TIMEOUT`. Default 0.
   */
  request: number;
  /**
   * How long one call may sleep in blocking mode: 1 or more. Only its sleeps count, not the clock. When they are used
   * up the call returns what it has, and the status is unchanged, so the same call can go on from there.
   * Default 30 000.
   */
  blocking: number;
}

/** `satisfies` keeps this list complete. */
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
 * Fills in the limits that `timeouts` leaves out, from `before`, else with the defaults. Throws `TypeError` for a wrong
 * type or an unknown name, `RangeError` for a number out of range.
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
