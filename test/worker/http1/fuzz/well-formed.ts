import { latin1 } from '../../../../src/shared/field-text.ts';
import type { Request } from '../notation.ts';
import type { ResponseHead } from './parser.ts';

/** What is true of every event, whatever the server sent. Each function returns what is wrong, or null. */

const FIELD_LINES =
  /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: (?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?\r?\n)*$/;

/** Field lines are `Name: value` and LF or CRLF, the name a token, the value printable and without blanks around it. */
export function fieldsProblem(fields: string, { maxHeadSize, maxHeadFields }: Request): string | null {
  if (!FIELD_LINES.test(fields)) return `field lines ${JSON.stringify(fields)}`;
  if (fields.length > maxHeadSize) return `${fields.length} bytes of field lines`;
  const count = fields.split('\n').length - 1;
  return count > maxHeadFields ? `${count} field lines` : null;
}

export function headProblem(head: ResponseHead, request: Request): string | null {
  const { statusCode, versionMinor, contentLength, chunked } = head;
  if (!Number.isInteger(statusCode) || statusCode > 999) return `status ${statusCode}`;
  if (statusCode < 200 && !(statusCode === 101 && request.upgrade))
    return `status ${statusCode} as an answer`;
  if (versionMinor !== 0 && versionMinor !== 1) return `version 1.${versionMinor}`;
  if (contentLength !== -1 && !(Number.isSafeInteger(contentLength) && contentLength >= 0))
    return `contentLength ${contentLength}`;
  if (chunked && contentLength !== -1) return 'both chunked and a contentLength';
  return bodyProblem(head, request);
}

/** Which responses end with their head, and which connections with their response (RFC 9112 section 6.3). */
function bodyProblem(head: ResponseHead, { method }: Request): string | null {
  const { statusCode, contentLength, chunked, hasBody, keepAlive } = head;
  const tunnel = method === 'CONNECT' && statusCode >= 200 && statusCode < 300;
  const bodiless = tunnel || method === 'HEAD' || [101, 204, 304].includes(statusCode) || contentLength === 0;
  // A proxy's refusal loses its body to faulty framing.
  const framed = /^(?:content-length|transfer-encoding):/im.test(latin1(head.fields));
  const mayLose = statusCode === 407 && framed && contentLength === -1 && !chunked && !keepAlive;
  if (hasBody === bodiless && !mayLose) return `hasBody is ${hasBody}`;
  if (tunnel && (chunked || contentLength !== -1)) return 'a framing field of a tunnel is looked at';
  if (statusCode === 101 && keepAlive) return 'keepAlive after a 101';
  return hasBody && !chunked && contentLength === -1 && keepAlive
    ? 'keepAlive after a body until the close'
    : null;
}
