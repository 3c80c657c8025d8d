import type { Keeping } from '../../shared/settings.ts';
import type { Unpacking } from '../unpack/decoder.ts';
import type { OpenExchanges } from './exchanges.ts';
import { Backlog } from './files/backlog.ts';
import type { Files } from './files/files.ts';
import { PathLocks } from './files/path-locks.ts';
import type { ThreadTools } from './kept-connection.ts';
import { Origins } from './origins.ts';
import { WholeRequest } from './whole-request.ts';

/** What the whole requests of a thread need of its platform. */
export type WireTools = ThreadTools & { readonly files: Files; readonly unpacking: Unpacking };

/** Whole requests over connections of ours. */
export function wireExchanges(tools: WireTools, keeping: Keeping): OpenExchanges {
  return (slots, done) => {
    const { loop, files, unpacking, lent } = tools;
    const origins = new Origins(tools, keeping);
    const backlog = new Backlog(() => loop.later(() => origins.serveAll()));
    const downloads = { files, loop, locks: new PathLocks(), backlog };
    const requestTools = { origins, slots, loop, lent, unpacking, downloads, done };
    return {
      make: (order) => new WholeRequest(order, requestTools),
      get connections() {
        return origins.connections;
      },
      stats: () => origins.stats(),
      close: () => origins.close(),
    };
  };
}
