import { readdirSync, readFileSync } from 'node:fs';

/**
 * The notation of `cases/*.md`. A case is a `##` heading, whatever prose explains it, and two fenced blocks:
 *
 *     ```http HEAD close                    the request's method (GET if unsaid); then any of
 *     HTTP/1.1 200 OK\r\n                     close            the server closes behind the bytes
 *     Content-Length: 5\r\n                   upgrade          the request asked for an upgrade
 *     \r\n                                    maxHeadSize=N, maxHeadFields=N
 *     ```
 *     ```events
 *     head 200 HTTP/1.1 length=5 no-body keep-alive
 *       Content-Length: 5
 *     end
 *     ```
 *
 * Bytes: what is seen, line by line, without the line ends of the document. `\r`, `\n`, `\t`, `\\`, `\xHH` are bytes,
 * `\(text*N)` is a text N times over.
 *
 * Events: `head` with what the parser made of it, the field lines below; `body "..."`, all ranges joined; `trailers`;
 * `end`; `left "..."`, what came after the end and was not consumed; `error CODE`; `waiting`, if more has to come.
 */
export interface Case {
  readonly name: string;
  readonly request: Request;
  readonly bytes: Uint8Array;
  readonly events: string;
}

export interface Request {
  readonly method: string;
  readonly upgrade: boolean;
  readonly close: boolean;
  readonly maxHeadSize: number;
  readonly maxHeadFields: number;
}

export const DEFAULT_REQUEST: Request = {
  method: 'GET',
  upgrade: false,
  close: false,
  maxHeadSize: 65536,
  maxHeadFields: 1000,
};

export interface Chapter {
  readonly file: string;
  readonly cases: readonly Case[];
}

export function readChapters(directory: URL): Chapter[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ file, cases: parseChapter(file, readFileSync(new URL(file, directory), 'utf8')) }));
}

function parseChapter(file: string, text: string): Case[] {
  const [, ...sections] = text.split(/^## /m);
  return sections.map((section) => {
    const name = section.slice(0, section.indexOf('\n'));
    const fences = [...section.matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)];
    const [http, events] = fences;
    if (fences.length !== 2 || http?.[1] !== 'http' || events?.[1] !== 'events') {
      throw new Error(`${file}: "${name}" is not one http block and one events block`);
    }
    return {
      name,
      request: parseRequest(http[2] ?? ''),
      bytes: unescapeBytes((http[3] ?? '').replaceAll('\n', '')),
      events: expand(events[3] ?? '').trimEnd(),
    };
  });
}

function parseRequest(info: string): Request {
  let request = DEFAULT_REQUEST;
  for (const word of info.split(' ').filter((word) => word !== '')) {
    const [key = '', value] = word.split('=');
    if (value !== undefined) request = { ...request, [key]: Number(value) };
    else if (key === key.toUpperCase()) request = { ...request, method: key };
    else request = { ...request, [key]: true };
  }
  const unknown = Object.keys(request).find((key) => !Object.hasOwn(DEFAULT_REQUEST, key));
  if (unknown !== undefined) throw new Error(`unknown word "${unknown}" after http`);
  return request;
}

function expand(text: string): string {
  return text.replace(/\\\((.*?)\*(\d+)\)/g, (_, unit: string, times: string) => unit.repeat(Number(times)));
}

export function unescapeBytes(text: string): Uint8Array {
  const plain = expand(text).replace(/\\(x[0-9a-f]{2}|.)/g, (whole, escaped: string) => {
    const char = { r: '\r', n: '\n', t: '\t', '\\': '\\' }[escaped];
    if (char !== undefined) return char;
    if (escaped.length === 3) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    throw new Error(`unknown escape ${whole}`);
  });
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

export function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x0d) return '\\r';
    if (byte === 0x0a) return '\\n';
    if (byte === 0x09) return '\\t';
    if (byte === 0x5c) return '\\\\';
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
