import { availableParallelism } from 'node:os';
import { receiveMessageOnPort, threadId } from 'node:worker_threads';
import { Death } from '../../shared/log/layout.ts';
import type { ControlTicket, Door, Port, Ticket } from '../../shared/messages.ts';
import type { PiecesTicket, SpareMessage } from '../../shared/pieces.ts';
import { Connection } from '../connection/connection.ts';
import { Handovers } from '../connection/handovers.ts';
import { type WireTools, wireExchanges } from '../exchange/wire-exchanges.ts';
import { LentPieces } from '../session/lent-pieces.ts';
import { RequestsSession } from '../session/requests-session.ts';
import { Spin } from '../session/spin.ts';
import { ThreadSessions } from '../session/thread-sessions.ts';
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
  if (ticket.kind === 'attach') sessions.attach(ticket);
  else if (ticket.kind === 'requests') sessions.serveRequests(ticket);
  else if (ticket.kind === 'pieces') takePieces(ticket);
  else answer(ticket).catch(() => ticket.port.close());
}

function takePieces({ port }: PiecesTicket): void {
  lent.open(port);
  port.on('message', (message: SpareMessage) => lent.hear(message));
}

/** Loads comlink only when it is needed: most programs never need it, and all would wait for it when they start. */
async function answer({ port }: ControlTicket): Promise<void> {
  const { expose } = await import('comlink');
  expose(api, port);
}

/** So that even a body in small chunks is read in large pieces. With 64 KiB it takes half as long again. */
const SCRATCH_BYTES = 2 ** 20;

const lent = new LentPieces();

const tools: WireTools = {
  scratch: new Uint8Array(SCRATCH_BYTES),
  network: new NodeNetwork(lent),
  unpacking: nodeUnpacking,
  files: new NodeFiles(),
  loop: eventLoop,
  lent,
  traffic: { requests: 0, bytesRead: 0, bytesWritten: 0 },
};

const sessions = new ThreadSessions({
  threadId,
  traffic: tools.traffic,
  common: {
    open: (parts) => new Connection({ ...tools, ...parts }),
    unpacking: sessionUnpacking(nodeUnpacking, eventLoop.later),
    handovers: new Handovers(),
    lent,
    spin: availableParallelism() > 1 ? new Spin(eventLoop) : null,
  },
  later: eventLoop.later,
  beat: () => lent.beat(),
  openRequests: ({ keeping, port }, slots) =>
    new RequestsSession(slots, { later: eventLoop.later, open: wireExchanges(tools, keeping), port }),
  listen,
});

/** A client connects as soon as it is attached. What it has said by now need not wait for a turn of the event loop. */
function listen<M>(port: Port, hear: (message: M) => void, onClose: () => void): void {
  for (;;) {
    const early = receiveMessageOnPort(port);
    if (!early) break;
    hear(early.message);
  }
  port.on('message', hear);
  port.on('close', onClose);
}

/** Milliseconds. A disk that hangs delays no promise for long. */
const FILES_MILLISECONDS = 1000;

const api = sessions.api(() => new Promise((late) => setTimeout(late, FILES_MILLISECONDS)));

// For process.exit() and for errors that nobody caught. What ends the thread without a word, terminate() and a full
// heap, is for the pool on the other side to notice.
process.on('exit', () => sessions.markDead(Death.EXITED));
