import type { Failure, FailurePhase, OwnFailure, RequestFate } from '../../shared/failure.ts';
import { HEADER_BYTES } from '../../shared/log/layout.ts';
import { HttpError, type HttpErrorCode } from '../http1/parser/http-error.ts';
import { ConnectionError } from './connection-error.ts';
import type { Network } from './network.ts';

const DOING: Record<FailurePhase, string> = {
  argument: 'Cannot call',
  resolve: 'Cannot resolve',
  connect: 'Cannot connect to',
  proxy: 'Cannot connect through',
  tls: 'Cannot establish a TLS connection to',
  request: 'Lost the connection while sending a request to',
  response: 'Lost the connection while waiting for a response from',
  body: 'Lost the connection while receiving from',
  idle: 'Lost the idle connection to',
  stream: 'Lost the stream to',
  worker: 'Lost',
};

/** What failed. */
export interface Failed {
  readonly phase: FailurePhase;
  /** `host:port`, as the caller gave it. */
  readonly where: string;
  /** Null where no request was made. */
  readonly request: RequestFate | null;
}

/** `explain` is the platform's: it puts the errors of its sockets and its TLS into words. */
export function describeFailure(
  { phase, where, request }: Failed,
  error: unknown,
  explain: Explain,
): Failure {
  const peer = cutPeer(where);
  if (error instanceof HttpError) {
    const message = `${verdictOn(error.code)} response from ${peer}: ${error.message} (${error.code}).`;
    return { phase, code: error.code, message, request } satisfies OwnFailure;
  }
  const { code, cause } = explain(error, phase);
  const failure = { phase, code, message: `${DOING[phase]} ${peer}: ${cause} (${code}).`, request };
  if (!(error instanceof ConnectionError) || error.proxyResponse === undefined) return failure;
  return { ...failure, proxyResponse: error.proxyResponse };
}

function verdictOn(code: HttpErrorCode): string {
  if (code === 'EMPTY_RESPONSE') return 'No';
  return /^TRUNCATED/.test(code) ? 'Incomplete' : 'Invalid';
}

/** A peer's name for a message, cut off if it is very long. */
export function cutPeer(where: string): string {
  return where.length > 100 ? `${where.slice(0, 97)}...` : where;
}

type Explain = Network['explain'];

/**
 * The payload of a FAILURE record, shortened to fit into `free` bytes of the ring: texts that come from the peer or
 * from a stream of the caller's can have any length. The proxy's answer is shortened first, from its end; the message
 * last.
 */
export function encodeFailure(failure: Failure, free: number): Uint8Array {
  let shorter = { ...failure, message: failure.message.slice(0, LONGEST_MESSAGE).toWellFormed() };
  for (;;) {
    const payload = utf8.encode(JSON.stringify(shorter));
    if (HEADER_BYTES + payload.length <= free || shorter.message === '') return payload;
    shorter = shorten(shorter);
  }
}

function shorten({ proxyResponse, ...failure }: Failure): Failure {
  if (proxyResponse === undefined) return { ...failure, message: half(failure.message).toWellFormed() };
  const { statusLine, headers } = proxyResponse;
  if (headers.length === 0 && statusLine.length <= LONGEST_MESSAGE) return failure;
  const fewer = { statusLine: half(statusLine).toWellFormed(), headers: half(headers) };
  return { ...failure, proxyResponse: headers.length === 0 ? fewer : { ...fewer, statusLine } };
}

function half<T extends { readonly length: number; slice(start: number, end: number): T }>(whole: T): T {
  return whole.slice(0, whole.length >> 1);
}

const utf8 = new TextEncoder();

/** Characters. Each takes at most three bytes in UTF-8; a control character takes six, as an escape in JSON. */
const LONGEST_MESSAGE = 400;
