import type { Duplex } from 'node:stream';
import type { ProxyResponse } from '../../../shared/failure.ts';
import { fieldLines } from '../../../shared/field-text.ts';
import type { HeadLimits, ProxyCredentials } from '../../../shared/settings.ts';
import { VERSION } from '../../../shared/version.ts';
import { basicLogin } from '../../connection/basic-login.ts';
import { ConnectionError } from '../../connection/connection-error.ts';
import { LF } from '../../http1/parser/bytes.ts';
import { HttpError } from '../../http1/parser/http-error.ts';
import { Section } from '../../http1/parser/section.ts';
import { loginWanted } from './login.ts';
import { RefusalFields } from './refusal-fields.ts';

/**
 * Asks an HTTP proxy to join `socket` to `authority` (RFC 9110 section 9.3.6). Afterwards the socket is the tunnel:
 * paused, and with whatever came behind the proxy's answer as its next bytes.
 */
export async function openHttpTunnel(
  socket: Duplex,
  authority: string,
  credentials: ProxyCredentials | null,
  limits: HeadLimits,
): Promise<void> {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, `User-Agent: tickhttp/${VERSION}`];
  if (credentials) lines.push(`Proxy-Authorization: ${basicLogin(credentials)}`);
  const reply = readReply(socket, limits);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const { statusCode, response } = await reply;
  if (statusCode >= 200 && statusCode < 300) return;
  if (statusCode === 407) throw loginWanted(credentials, response);
  const cause = `the proxy answered ${statusCode}${wordsOf(response)}`;
  throw new ConnectionError('PROXY_REFUSED', cause, response);
}

/** Only what can be no secret that the proxy gives back; all of it is in the `proxyResponse`. */
function wordsOf({ statusLine }: ProxyResponse): string {
  return /^\S+ +\d+( [A-Za-z]+(?: [A-Za-z]+){0,4})$/.exec(statusLine)?.[1] ?? '';
}

interface Reply {
  readonly statusCode: number;
  readonly response: ProxyResponse;
}

/**
 * The head of the proxy's final answer. Rejects with what ended the socket before it was complete; of a refusal the
 * status line is enough.
 */
function readReply(socket: Duplex, limits: HeadLimits): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const reader = new ReplyReader(limits);
    const take = (bytes: Buffer): void => {
      try {
        const rest = reader.take(bytes);
        if (!reader.reply) return;
        stop();
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        resolve(reader.reply);
      } catch (error) {
        stop();
        reject(error instanceof HttpError ? new ConnectionError('PROXY_GARBAGE', garbage(error)) : error);
      }
    };
    const end = (): void => {
      stop();
      reader.end();
      if (reader.reply) resolve(reader.reply);
      else reject(socket.errored ?? new ConnectionError('PROXY_CLOSED', CLOSED));
    };
    const stop = (): void => {
      socket.off('data', take).off('end', end).off('close', end);
    };
    socket.on('data', take).on('end', end).on('close', end);
    if (socket.destroyed) end();
  });
}

const CLOSED =
  'the proxy closed the connection without an answer (is it an HTTP proxy? If it is reached over TLS, put https:// ' +
  'in front of its host)';

function garbage(error: HttpError): string {
  return `the proxy sent something that is not an answer to CONNECT: ${error.message} (is it an HTTP proxy?)`;
}

/**
 * Finds the end of the proxy's final head, and gives it back as text. How long a body would be does not matter: behind
 * a 2xx there is none (RFC 9110 section 9.3.6), and that of a refusal is not read. So faulty framing changes nothing,
 * nor does any other fault in the fields of a refusal.
 *
 * Each byte is looked at once, whatever pieces they come in.
 */
export class ReplyReader {
  readonly #limits: HeadLimits;
  readonly #section: Section;
  #refusal: RefusalFields | null = null;
  #inStatusLine = true;
  #statusLine = '';
  #reply: Reply | null = null;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
    this.#section = new Section(limits);
    this.#section.begin('head');
  }

  /** Null while the head is not complete. */
  get reply(): Reply | null {
    return this.#reply;
  }

  /** Returns what follows the head. */
  take(bytes: Buffer): Buffer {
    let at = 0;
    while (at < bytes.length && !this.#reply) {
      at = this.#inStatusLine ? this.#readStatusLine(bytes, at) : this.#readFields(bytes, at);
    }
    return bytes.subarray(at);
  }

  /** A line by itself, so that its text is known. */
  #readStatusLine(bytes: Buffer, start: number): number {
    const lineFeed = bytes.indexOf(LF, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
    this.#section.feed(bytes, start, end);
    this.#statusLine += bytes.toString('latin1', start, end);
    if (lineFeed < 0) return end;
    const { statusLine } = this.#section;
    this.#inStatusLine = statusLine === null;
    if (statusLine === null) this.#statusLine = '';
    else if (isRefusal(statusLine.statusCode)) this.#refusal = new RefusalFields(this.#limits);
    return end;
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#refusal) this.#refuse(this.#refusal);
  }

  #refuse(refusal: RefusalFields): void {
    const statusCode = this.#section.statusLine?.statusCode ?? 0;
    this.#reply ??= { statusCode, response: this.#response(refusal.lines) };
  }

  #readFields(bytes: Buffer, start: number): number {
    const refusal = this.#refusal;
    if (refusal) {
      const next = refusal.take(bytes, start);
      if (refusal.complete) this.#refuse(refusal);
      return next;
    }
    const next = this.#section.feed(bytes, start, bytes.length);
    const { complete, statusLine } = this.#section;
    if (!complete || !statusLine) return next;
    const { statusCode } = statusLine;
    if (statusCode < 200) this.#begin();
    else this.#reply = { statusCode, response: this.#response(fieldLines(this.#section.takeFields())) };
    return next;
  }

  #begin(): void {
    this.#section.nextHead();
    this.#inStatusLine = true;
    this.#statusLine = '';
  }

  #response(headers: string[]): ProxyResponse {
    const [statusLine = ''] = fieldLines(Buffer.from(this.#statusLine, 'latin1'));
    // Trimmed only now: the last byte of a UTF-8 "\u00e0" would be a blank in Latin-1.
    return { statusLine: statusLine.trimEnd(), headers };
  }
}

/** As for any client, 101 is final. */
function isRefusal(statusCode: number): boolean {
  return statusCode === 101 || statusCode >= 300;
}
