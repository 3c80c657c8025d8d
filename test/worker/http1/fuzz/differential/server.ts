import { once } from 'node:events';
import net from 'node:net';

export interface Server {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Answers a request for `/n` with the n-th of `answers`, byte for byte, and closes the connection. */
export async function serve(answers: readonly Uint8Array[]): Promise<Server> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let request = '';
    socket.on('close', () => sockets.delete(socket));
    // A client may go away as soon as it has had enough.
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (text: string) => {
      request += text;
      const [, index] = /^\w+ \S*?(\d+) HTTP[\s\S]*?\r\n\r\n/.exec(request) ?? [];
      const answer = answers[Number(index ?? -1)];
      if (answer !== undefined && !socket.writableEnded) socket.end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
