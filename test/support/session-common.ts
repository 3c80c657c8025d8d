import { Connection } from '../../src/worker/connection/connection.ts';
import { Handovers } from '../../src/worker/connection/handovers.ts';
import { type Lent, NOTHING_LENT } from '../../src/worker/connection/lent.ts';
import { eventLoop } from '../../src/worker/node/event-loop.ts';
import { NodeNetwork } from '../../src/worker/node/network.ts';
import { nodeUnpacking } from '../../src/worker/node/unpack/unpacking.ts';
import type { Common } from '../../src/worker/session/client-session.ts';
import { Spin } from '../../src/worker/session/spin.ts';
import { sessionUnpacking } from '../../src/worker/session/unpacking.ts';

/** What the clients of a worker share, for sessions on the test's thread. */
export function sessionCommon(lent: Lent = NOTHING_LENT): Common {
  const tools = {
    scratch: new Uint8Array(2 ** 20),
    network: new NodeNetwork(lent),
    loop: eventLoop,
    lent,
    traffic: { requests: 0, bytesRead: 0, bytesWritten: 0 },
  };
  return {
    open: (parts) => new Connection({ ...tools, ...parts }),
    unpacking: sessionUnpacking(nodeUnpacking, eventLoop.later),
    handovers: new Handovers(),
    lent,
    spin: new Spin(eventLoop),
  };
}
