import { hostAndPort, inBrackets } from '../../shared/address.ts';
import type { RequestMessage } from '../../shared/messages.ts';
import { VERSION } from '../../shared/version.ts';
import { basicLogin } from '../connection/basic-login.ts';
import type { Authority } from '../connection/network.ts';

/** A request's head, and what it says about the connection. */
export interface RequestHead {
  readonly text: string;
  /** The request asked to end the connection after its answer. */
  readonly close: boolean;
  /** The request offered another protocol. */
  readonly upgrade: boolean;
  /** The request asked for a tunnel. */
  readonly connect: boolean;
}

/** The caller's fields as they are, then the default fields that the caller did not give, in Godot's order. */
export function requestHead(message: RequestMessage, authority: Authority): RequestHead {
  const { method, headers, bodyLength, acceptEncoding } = message;
  const credentials = authority.forwarding?.credentials ?? null;
  const names = new Set(headers.map((header) => header.slice(0, header.indexOf(':')).toLowerCase()));
  const lines = [`${method} ${requestTarget(message, authority)} HTTP/1.1`, ...headers];
  if (!names.has('host')) lines.push(`Host: ${hostField(message, authority)}`);
  if (!names.has('content-length') && (bodyLength > 0 || EXPECTS_BODY.has(method))) {
    lines.push(`Content-Length: ${bodyLength}`);
  }
  if (!names.has('user-agent')) lines.push(`User-Agent: tickhttp/${VERSION}`);
  if (!names.has('accept')) lines.push('Accept: */*');
  if (acceptEncoding !== undefined) lines.push(`Accept-Encoding: ${acceptEncoding}`);
  if (credentials && !names.has('proxy-authorization'))
    lines.push(`Proxy-Authorization: ${basicLogin(credentials)}`);
  return {
    text: `${lines.join('\r\n')}\r\n\r\n`,
    close: names.has('connection') && headers.some((header) => CLOSE.test(header)),
    upgrade: names.has('upgrade'),
    connect: method === 'CONNECT',
  };
}

/** RFC 9110 section 8.6: without a length the server can't know that there is no body. */
const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH']);
const CLOSE = /^connection:(?:.*,)?[ \t]*close[ \t]*(?:,|$)/i;

/** A proxy gets the whole URL (RFC 9112 section 3.2.2); for the target `*`, a URL without a path (section 3.2.4). */
function requestTarget({ method, target }: RequestMessage, authority: Authority): string {
  if (authority.forwarding === null || method === 'CONNECT' || ABSOLUTE.test(target)) return target;
  return `http://${ownHost(authority)}${target === '*' ? '' : target}`;
}

/** If the target names its server, `Host` has that name (RFC 9112 sections 3.2.2 and 3.2.3). */
function hostField({ method, target }: RequestMessage, authority: Authority): string {
  if (method === 'CONNECT') return target;
  return ABSOLUTE.exec(target)?.[1] ?? ownHost(authority);
}

const ABSOLUTE = /^https?:\/\/(?:[^/?@]*@)?([^/?]+)/;

function ownHost({ host, port, secure }: Authority): string {
  // For a stream of the caller's the host is not known, and Host is empty (RFC 9112 section 3.2).
  return host === '' || port === (secure ? 443 : 80) ? inBrackets(host) : hostAndPort(host, port);
}
