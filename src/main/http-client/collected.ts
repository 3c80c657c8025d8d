import { Ballast } from '../../shared/ballast.ts';
import type { Connection } from '../connection/connection.ts';

/**
 * A client that nobody can reach any more ends its connection, as `close()` would. That takes a turn of the event loop.
 * In a program whose loop never turns clients stay on this list, so one that was disposed of is taken off it.
 */
const collected = new FinalizationRegistry<Connection>((connection) => {
  ballast.remove(connection.bufferSize);
  connection.dispose();
});

/** So that the collector looks for clients that were dropped. */
const ballast = new Ballast();

/** `client` is about to use its connection. It may be on the list already. */
export function disposeWhenCollected(client: object, connection: Connection): void {
  if (!collected.unregister(connection)) ballast.add(client, connection.bufferSize);
  collected.register(client, connection, connection);
}

/** The client has let go of everything. */
export function cancelDispose(connection: Connection): void {
  if (collected.unregister(connection)) ballast.remove(connection.bufferSize);
}
