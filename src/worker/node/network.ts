import type { ConnectMessage, Port } from '../../shared/messages.ts';
import type { Lent } from '../connection/lent.ts';
import type { DialOptions, Line, Network } from '../connection/network.ts';
import type { TransportReader } from '../connection/transport.ts';
import { reach } from './dial/reach.ts';
import { Resolver } from './dial/resolver.ts';
import { explain } from './explain.ts';
import { RelayStream } from './relay-stream.ts';
import { SocketTransport } from './socket-transport.ts';

/** Node's sockets, and the thread's cache of DNS. */
export class NodeNetwork implements Network {
  readonly #resolver = new Resolver();
  readonly #lent: Lent;
  readonly explain = explain;

  constructor(lent: Lent) {
    this.#lent = lent;
  }

  async dial(target: ConnectMessage, { reader, ...options }: DialOptions): Promise<Line> {
    const transport = new SocketTransport(reader, this.#lent);
    const giveUp = (): void => transport.destroy();
    options.signal.addEventListener('abort', giveUp, { once: true });
    try {
      const resolver = this.#resolver;
      const { socket, direct, cut, ...endpoint } = await reach(target, {
        ...options,
        resolver,
        onread: transport.onread,
      });
      // Not before: while a tunnel is made, Node has to close a socket that ends. Afterwards the owner does it itself.
      socket.allowHalfOpen = true;
      transport.open(socket, direct, cut);
      return { transport, endpoint };
    } finally {
      options.signal.removeEventListener('abort', giveUp);
    }
  }

  relay(port: Port, reader: TransportReader): Line {
    const transport = new SocketTransport(reader, this.#lent);
    transport.open(new RelayStream(port), false, () => false);
    const authority = { host: '', port: 80, secure: false, forwarding: null };
    return {
      transport,
      endpoint: { authority, where: 'the stream given to fromDuplex()', forget: () => {} },
    };
  }
}
