import http from 'node:http';
import type { Duplex } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import type { Request } from '../../notation.ts';
import { NOTHING, type Outcome } from './outcome.ts';

/** Asks a server on 127.0.0.1 for `/index`; always answers, at the latest after {@link PATIENCE}. */
export type Peer = (port: number, index: number, request: Request) => Promise<Outcome>;

/** In milliseconds. The server closes every connection, so that nobody has to wait. */
const PATIENCE = 10_000;
const MAX_HEAD_SIZE = 1 << 20;

export const PEERS: Readonly<Record<string, Peer>> = { 'node:http': askNode, undici: askUndici };

function askNode(port: number, index: number, { method, upgrade }: Request): Promise<Outcome> {
  return new Promise((resolve) => {
    let outcome = NOTHING;
    const fail = (error: Error) => resolve({ ...outcome, failure: describeError(error) });
    const headers = upgrade ? { Connection: 'Upgrade', Upgrade: 'x' } : { Connection: 'keep-alive' };
    const path = method === 'CONNECT' ? `x:${index}` : `/${index}`;
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false };
    const request = http.request({ ...options, maxHeaderSize: MAX_HEAD_SIZE, timeout: PATIENCE });
    const tunnel = (response: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      outcome = { ...outcome, status: response.statusCode ?? 0, fields: joinFields(response.rawHeaders) };
      readTunnel(socket, head).then((tunnelled) => resolve({ ...outcome, tunnel: tunnelled }), fail);
    };
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', fail);
    request.on('upgrade', tunnel);
    request.on('connect', tunnel);
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      const keepAlive = upgrade || status === 101 ? null : request.shouldKeepAlive;
      outcome = { ...outcome, status, fields: joinFields(response.rawHeaders), keepAlive };
      response.on('data', (chunk: Buffer) => {
        outcome = { ...outcome, body: outcome.body + chunk.toString('latin1') };
      });
      response.on('error', fail);
      response.on('end', () => {
        const trailers = joinFields(response.rawTrailers);
        resolve({ ...outcome, trailers, failure: response.complete ? null : 'incomplete' });
        request.destroy();
      });
    });
    request.end();
  });
}

function askUndici(port: number, index: number, { method, upgrade }: Request): Promise<Outcome> {
  const client = new Client(`http://127.0.0.1:${port}`, {
    maxHeaderSize: MAX_HEAD_SIZE,
    headersTimeout: PATIENCE,
    bodyTimeout: PATIENCE,
  });
  return new Promise<Outcome>((resolve) => {
    let outcome = NOTHING;
    const fail = (error: Error) => resolve({ ...outcome, failure: describeError(error) });
    const path = method === 'CONNECT' ? `x:${index}` : `/${index}`;
    const options: Dispatcher.DispatchOptions = { path, method };
    client.dispatch(upgrade ? { ...options, upgrade: 'x' } : options, {
      onRequestStart: () => {},
      onRequestUpgrade: (controller, status, _headers, socket) => {
        outcome = { ...outcome, status, fields: joinFields(controller.rawHeaders) };
        readTunnel(socket, Buffer.alloc(0)).then((tunnel) => resolve({ ...outcome, tunnel }), fail);
      },
      onResponseStart: (controller, status) => {
        if (status >= 200) outcome = { ...outcome, status, fields: joinFields(controller.rawHeaders) };
      },
      onResponseData: (_controller, chunk) => {
        outcome = { ...outcome, body: outcome.body + chunk.toString('latin1') };
      },
      onResponseEnd: (controller) => resolve({ ...outcome, trailers: joinFields(controller.rawTrailers) }),
      onResponseError: (_controller, error) => fail(error),
    });
  }).finally(() => client.destroy());
}

async function readTunnel(socket: Duplex, head: Buffer): Promise<string> {
  let text = head.toString('latin1');
  for await (const chunk of socket) text += Buffer.from(chunk).toString('latin1');
  return text;
}

/** Names and values take turns. */
function joinFields(raw: unknown): string {
  if (!Array.isArray(raw)) return '';
  let lines = '';
  raw.forEach((part: unknown, index) => {
    const text = Buffer.isBuffer(part) ? part.toString('latin1') : String(part);
    lines += index % 2 === 0 ? `${text}: ` : `${text}\n`;
  });
  return lines;
}

function describeError(error: Error): string {
  return `${'code' in error ? error.code : error.name}: ${error.message}`;
}
