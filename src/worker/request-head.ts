import type { RequestMessage } from '../shared/messages.ts';
import { VERSION } from '../shared/version.ts';

/** Where the connection goes: what `Host` says by default. */
export interface Authority {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** A request's head, and what it says about the connection. */
export interface RequestHead {
  readonly text: string;
  /** The request asked to end the connection after its answer. */
  readonly close: boolean;
  /** The request offered another protocol. */
  readonly upgrade: boolean;
}

/** The caller's fields as they are, then the defaults it did not give, in Godot's order. */
export function requestHead(message: RequestMessage, authority: Authority): RequestHead {
  const { method, target, headers, bodyLength } = message;
  const names = new Set(headers.map((header) => header.slice(0, header.indexOf(':')).toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`, ...headers];
  if (!names.has('host')) lines.push(`Host: ${hostField(message, authority)}`);
  if (!names.has('content-length') && (bodyLength > 0 || EXPECTS_BODY.has(method))) {
    lines.push(`Content-Length: ${bodyLength}`);
  }
  if (!names.has('user-agent')) lines.push(`User-Agent: tickhttp/${VERSION}`);
  if (!names.has('accept')) lines.push('Accept: */*');
  return {
    text: `${lines.join('\r\n')}\r\n\r\n`,
    close: names.has('connection') && headers.some((header) => CLOSE.test(header)),
    upgrade: names.has('upgrade'),
  };
}

/** RFC 9110 section 8.6: without a length the server can't know that there is no body. */
const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH']);
const CLOSE = /^connection:(?:.*,)?[ \t]*close[ \t]*(?:,|$)/i;

/** A target that names its server decides about `Host` (RFC 9112 sections 3.2.2 and 3.2.3). */
function hostField({ method, target }: RequestMessage, { host, port, secure }: Authority): string {
  if (method === 'CONNECT') return target;
  const absolute = /^https?:\/\/(?:[^/?@]*@)?([^/?]*)/.exec(target);
  if (absolute?.[1]) return absolute[1];
  // The only hosts with a colon. Node's isIPv6() would first compile a large expression, 5 ms of the first request.
  const name = host.includes(':') ? `[${host.replace(/%.*/, '')}]` : host;
  return port === (secure ? 443 : 80) ? name : `${name}:${port}`;
}
