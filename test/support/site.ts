import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request that a site has got. */
export interface Asked {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Site {
  readonly host: string;
  readonly port: number;
  /** In the order in which they came. */
  readonly asked: readonly Asked[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  readonly url: (path?: string) => string;
  /** Ends every connection, as a server does that is restarted. */
  readonly cut: () => void;
}

export type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => unknown;

/**
 * A server by `node:http` on the test's own thread, whose answers are the test's: for programs in a process of their own.
 * `answer` is called with the number of the request, from 1. It is closed when the test is over.
 */
export async function openSite(answer: Answer): Promise<Site> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const count = asked.push({ line: `${method} ${url}`, headers, body: await text(request) });
    await answer(response, request, count);
  });
  server.on('connection', () => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => server.closeAllConnections();
  onTestFinished(async () => {
    server.close();
    cut();
    await once(server, 'close');
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  const url = (path = '/') => `http://127.0.0.1:${address.port}${path}`;
  return { host: '127.0.0.1', port: address.port, asked, connections: () => connections, url, cut };
}
