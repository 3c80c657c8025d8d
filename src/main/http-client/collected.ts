import { Ballast } from '../../shared/ballast.ts';
import type { Connection } from '../connection/connection.ts';

/**
 * When a client is collected, its connection is ended, as `close()` would. The callback needs a turn of the event loop.
 * In a program whose loop never turns, clients would stay registered, so one that was disposed of is taken off.
 */
const collected = new FinalizationRegistry<Connection>((connection) => {
  ballast.remove(connection.bufferSize);
  connection.dispose();
});

/** Makes the collector look for clients that were dropped. */
const ballast = new Ballast();

/** `client` is about to use its connection. It may be registered already. */
export function disposeWhenCollected(client: object, connection: Connection): void {
  if (!collected.unregister(connection)) ballast.add(client, connection.bufferSize);
  collected.register(client, connection, connection);
}

/** The client was disposed of. */
export function cancelDispose(connection: Connection): void {
  if (collected.unregister(connection)) ballast.remove(connection.bufferSize);
}
