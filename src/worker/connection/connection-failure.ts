import { Status } from '../../shared/enums.ts';
import type { Failure, FailurePhase, RequestFate } from '../../shared/failure.ts';
import { codeOf, textOf } from '../../shared/kinds.ts';
import { HEADER_BYTES } from '../../shared/log/layout.ts';
import { HttpError } from '../http1/parser/http-error.ts';
import { HANDSHAKE_MEANING, TLS_MEANING } from '../node/tls/meaning.ts';
import { ConnectionError, reasonOf } from './connection-error.ts';

/** The status that a failure in each phase leads to. */
export function failedStatus(phase: FailurePhase): Status {
  switch (phase) {
    case 'resolve':
      return Status.CANT_RESOLVE;
    case 'connect':
    case 'proxy':
      return Status.CANT_CONNECT;
    case 'tls':
      return Status.TLS_HANDSHAKE_ERROR;
    default:
      return Status.CONNECTION_ERROR;
  }
}

const DOING: Record<FailurePhase, string> = {
  argument: 'Cannot call',
  resolve: 'Cannot resolve',
  connect: 'Cannot connect to',
  proxy: 'No tunnel through',
  tls: 'No TLS connection to',
  request: 'Lost the connection while sending a request to',
  response: 'Lost the connection while waiting for the answer of',
  body: 'Lost the connection while receiving from',
  idle: 'Lost the idle connection to',
  stream: 'Lost the stream to',
  worker: 'Lost',
};

/** For people, where Node's code alone does not say it. */
const MEANING: Record<string, string> = {
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the other side broke it off',
  EPIPE: 'the other side has closed it',
  ETIMEDOUT: 'no answer came in time',
  ENETUNREACH: 'there is no route to that network',
  EHOSTUNREACH: 'there is no route to that host',
  ENOENT: 'there is no such socket',
  EACCES: 'this program may not use it',
  EADDRNOTAVAIL: 'this machine has no such address, or no free port (option localAddress)',
  ...TLS_MEANING,
};

/** `where` is `host:port`, as the caller gave it. `request` is null where none was written. */
export function describeFailure(
  phase: FailurePhase,
  where: string,
  error: unknown,
  request: RequestFate | null,
): Failure {
  const peer = where.length > 100 ? `${where.slice(0, 97)}...` : where;
  if (error instanceof HttpError) {
    const message = `Bad answer from ${peer}: ${error.message} (${error.code}).`;
    return { phase, code: error.code, message, request };
  }
  const first = firstOf(error);
  const code = codeOf(first) ?? 'UNKNOWN';
  const special = phase === 'tls' ? HANDSHAKE_MEANING[code] : undefined;
  const cause = ownAddress(first) ?? special ?? MEANING[code] ?? reasonOf(first);
  const failure = { phase, code, message: `${DOING[phase]} ${peer}: ${cause} (${code}).`, request };
  if (!(error instanceof ConnectionError) || error.proxyResponse === undefined) return failure;
  return { ...failure, proxyResponse: error.proxyResponse };
}

/** A name with several addresses fails with an AggregateError, whose parts say more than it does. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? firstOf(error.errors[0]) : error;
}

/** The other end is in `where`; which address was to be this one only the error says. */
function ownAddress(error: unknown): string | null {
  if (!(error instanceof Error && 'syscall' in error && 'address' in error)) return null;
  if (codeOf(error) !== 'EADDRNOTAVAIL' || error.syscall !== 'bind') return null;
  return `this machine has no such address as ${textOf(error.address)} (option localAddress)`;
}

/**
 * As the payload of a FAILURE record, cut to what fits into `free` bytes of the ring. Its text may be the
 * peer's, or that of a stream of the caller's. What a proxy has answered is cut first, from its end, and the
 * message last.
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

/** Characters: at most three bytes each in UTF-8, or six as an escape in JSON that only controls need. */
const LONGEST_MESSAGE = 400;
