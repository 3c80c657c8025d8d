import { receiveMessageOnPort, threadId } from 'node:worker_threads';
import { Ballast } from '../../shared/ballast.ts';
import { Death } from '../../shared/log/layout.ts';
import type { MessageArray } from '../../shared/message-arrays.ts';
import type {
  AttachTicket,
  ClientMessage,
  ControlTicket,
  Door,
  RequestsTicket,
  Ticket,
  WorkerApi,
} from '../../shared/messages.ts';
import type { ClientSettings } from '../../shared/settings.ts';
import type { ThreadStats } from '../../shared/stats.ts';
import { Connection } from '../connection/connection.ts';
import { Handovers } from '../connection/handovers.ts';
import { ClientSession, type Common } from '../session/client-session.ts';
import { RequestsSession, type RequestsTools } from '../session/requests-session.ts';
import { Spin } from '../session/spin.ts';
import { sessionUnpacking } from '../session/unpacking.ts';
import { eventLoop } from './event-loop.ts';
import { NodeFiles } from './files/node-files.ts';
import { NodeNetwork } from './network.ts';
import { nodeUnpacking } from './unpack/unpacking.ts';

/**
 * The worker thread. Piscina calls the default export with a port, and the call returns at once: a task that lasted as
 * long as the thread would keep the program from ending. What comes through the port lives on here.
 */
export default function open({ port }: Door): void {
  port.on('message', take);
}

function take(ticket: Ticket): void {
  if (ticket.kind === 'attach') attach(ticket);
  else if (ticket.kind === 'requests') serveRequests(ticket);
  else answer(ticket).catch(() => ticket.port.close());
}

/** Loads comlink only when it is needed: most programs never need it, and all would wait for it when they start. */
async function answer({ port }: ControlTicket): Promise<void> {
  const { expose } = await import('comlink');
  expose(api, port);
}

/** So that even a body in small chunks is read in large pieces. With 64 KiB it takes half as long again. */
const SCRATCH_BYTES = 2 ** 20;

const sessions = new Set<ClientSession>();
const requestSessions = new Set<RequestsSession>();
const ballast = new Ballast();
const traffic = { requests: 0, bytesRead: 0, bytesWritten: 0 };
const tools: RequestsTools = {
  scratch: new Uint8Array(SCRATCH_BYTES),
  network: new NodeNetwork(),
  unpacking: nodeUnpacking,
  files: new NodeFiles(),
  loop: eventLoop,
  traffic,
};
const common: Common = {
  open: (parts) => new Connection({ ...tools, ...parts }),
  unpacking: sessionUnpacking(nodeUnpacking, eventLoop.later),
  handovers: new Handovers(),
  spin: new Spin(eventLoop),
};

function attach({ port, memory, settings }: AttachTicket): void {
  ballast.add(memory, memory.byteLength);
  let session = begin(memory, settings);
  const leave = (): void => {
    sessions.delete(session);
    session.end();
  };
  const hear = (message: ClientMessage): void => {
    if (message.verb === 'start') session = begin(memory, message.settings);
    else session.hear(message);
    if (message.verb !== 'end') return;
    leave();
    if (!message.kept) port.close();
  };
  // A client connects as soon as it is attached. Messages that it has sent by now need not wait for the event loop.
  for (;;) {
    const early = receiveMessageOnPort(port);
    if (!early) break;
    hear(early.message);
  }
  port.on('message', hear);
  port.on('close', leave);
}

function serveRequests(ticket: RequestsTicket): void {
  const { port } = ticket;
  const session = new RequestsSession(ticket, tools, port);
  requestSessions.add(session);
  session.beat();
  port.on('message', (message: MessageArray) => session.hear(message));
  port.on('close', () => {
    requestSessions.delete(session);
    session.end();
  });
}

function begin(memory: SharedArrayBuffer, settings: ClientSettings): ClientSession {
  const session = new ClientSession({ memory, settings }, common);
  sessions.add(session);
  session.beat();
  return session;
}

const api: WorkerApi = {
  stats(): ThreadStats {
    const kept = [...requestSessions].flatMap(({ origins }) => origins.connections);
    const live = [...[...sessions].flatMap((session) => session.connection ?? []), ...kept];
    const sum = (key: 'bytesRead' | 'bytesWritten'): number =>
      live.reduce((total, connection) => total + connection[key], traffic[key]);
    return {
      threadId,
      clients: sessions.size,
      connections: live.length,
      requests: traffic.requests,
      bytesRead: sum('bytesRead'),
      bytesWritten: sum('bytesWritten'),
      origins: Object.fromEntries([...requestSessions].flatMap(({ origins }) => origins.stats())),
    };
  },

  async shutdown(): Promise<void> {
    for (const session of sessions) {
      session.close();
      session.markDead(Death.POOL_CLOSED);
    }
    const ended = [...requestSessions].map((session) => {
      const files = session.end();
      session.markDead(Death.POOL_CLOSED);
      return files;
    });
    const late = new Promise((resolve) => setTimeout(resolve, FILES_MILLISECONDS));
    await Promise.race([Promise.all(ended), late]);
  },
};

/** Milliseconds. A disk that hangs must not delay the promise for long. */
const FILES_MILLISECONDS = 1000;

const BEAT_MILLISECONDS = 250;

setInterval(() => {
  for (const session of [...sessions, ...requestSessions]) session.beat();
}, BEAT_MILLISECONDS);

// For process.exit() and for errors that nobody caught. terminate() and a full heap end the thread without this event:
// the pool on the other side has to notice them.
process.on('exit', () => {
  for (const session of sessions) session.markDead(Death.EXITED);
  for (const session of requestSessions) {
    session.markDead(Death.EXITED);
    session.end();
  }
});
