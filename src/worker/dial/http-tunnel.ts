import type { Duplex } from 'node:stream';
import type { ProxyResponse } from '../../shared/failure.ts';
import { fieldLines } from '../../shared/field-text.ts';
import type { HeadLimits, ProxyCredentials } from '../../shared/messages.ts';
import { VERSION } from '../../shared/version.ts';
import { ConnectionError } from '../connection-error.ts';
import { HttpError } from '../http/http-error.ts';
import type { ResponseHead, ResponseSink } from '../http/response.ts';
import { ResponseParser } from '../http/response-parser.ts';
import { basic, loginWanted } from './login.ts';

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
  if (credentials) lines.push(`Proxy-Authorization: ${basic(credentials)}`);
  const reply = readReply(socket, limits);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const { statusCode, response } = await reply;
  if (statusCode >= 200 && statusCode < 300) return;
  if (statusCode === 407) throw loginWanted(credentials, response);
  const cause = `the proxy answered ${JSON.stringify(response.statusLine)}`;
  throw new ConnectionError('PROXY_REFUSED', cause, response);
}

interface Reply {
  readonly statusCode: number;
  readonly response: ProxyResponse;
}

/** The head of the proxy's final answer. Rejects with what ended the socket before it was complete. */
function readReply(socket: Duplex, limits: HeadLimits): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const reader = new ReplyReader(limits);
    const take = (bytes: Buffer): void => {
      try {
        const rest = reader.take(bytes);
        if (rest === null) return;
        stop();
        socket.pause();
        if (rest.length > 0) socket.unshift(rest);
        resolve(reader.reply());
      } catch (error) {
        stop();
        reject(error instanceof HttpError ? new ConnectionError('PROXY_GARBAGE', garbage(error)) : error);
      }
    };
    const end = (): void => {
      stop();
      reject(socket.errored ?? new ConnectionError('PROXY_CLOSED', CLOSED));
    };
    const stop = (): void => {
      socket.off('data', take).off('end', end).off('close', end);
    };
    socket.on('data', take).on('end', end).on('close', end);
    if (socket.destroyed) end();
  });
}

const CLOSED =
  'the proxy closed the connection without an answer (is it an HTTP proxy? One behind TLS needs https:// in front of its host)';

function garbage(error: HttpError): string {
  return `what came from the proxy is no answer to CONNECT: ${error.message} (is it an HTTP proxy?)`;
}

const NOTHING = new Uint8Array(0);

/** Everything up to the last of them. */
const BLANK_LINE = /^.*\n\r?\n/s;

/** As for any client, 101 is final. */
const INTERIM = /^\S+ 1(?!01)/;

/** Finds the end of the head, and gives it back as text. */
class ReplyReader implements ResponseSink {
  readonly #parser: ResponseParser;
  /** All that was taken so far: the heads of interim answers, and that of the final one. */
  #text = '';
  #head: ResponseHead | null = null;

  constructor(limits: HeadLimits) {
    this.#parser = new ResponseParser(this, limits);
    this.#parser.start('CONNECT', false);
  }

  /** What follows the head, null while it is not complete. */
  take(bytes: Buffer): Buffer | null {
    const used = this.#parser.feed(bytes, 0, bytes.length);
    this.#text += bytes.toString('latin1', 0, used);
    // What is left of interim answers is dropped, or a proxy could send them for ever.
    if (!this.#head) this.#text = this.#text.slice(BLANK_LINE.exec(this.#text)?.[0].length ?? 0);
    return this.#head && bytes.subarray(used);
  }

  reply(): Reply {
    const heads = this.#text.trimStart().split(/\r?\n\r?\n/);
    // Behind the final one may be a body, taken with it.
    const final = heads.find((head) => !INTERIM.test(head));
    const statusLine = final?.split(/\r?\n/, 1)[0]?.trim() ?? '';
    return {
      statusCode: this.#head?.statusCode ?? 0,
      response: { statusLine, headers: fieldLines(this.#head?.fields ?? NOTHING) },
    };
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
  }

  onBody(): void {}
  onTrailers(): void {}
  onEnd(): void {}
}
