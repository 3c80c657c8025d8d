import { expose } from 'comlink';
import { summaryOf } from '../../shared/kinds.ts';
import { Death } from '../../shared/log/layout.ts';
import type { Port, Ticket } from '../../shared/messages.ts';
import type { FromPageWorker, ToPageWorker } from '../../shared/page-worker.ts';
import { VERSION } from '../../shared/version.ts';
import { Handovers } from '../connection/handovers.ts';
import { NOTHING_LENT } from '../connection/lent.ts';
import { RequestsSession } from '../session/requests-session.ts';
import { Spin } from '../session/spin.ts';
import { ThreadSessions } from '../session/thread-sessions.ts';
import { eventLoop } from './event-loop.ts';
import { FetchConnection } from './fetch-connection.ts';
import { fetchRequests } from './fetch-requests.ts';

/** A worker of a page. Its first message says which thread it is; those after it are tickets. */
addEventListener('message', ({ data }: MessageEvent<ToPageWorker>) => begin(data), { once: true });

function begin({ threadId, version }: ToPageWorker): void {
  if (version !== VERSION) {
    say({ ended: `the worker is of tickhttp ${VERSION}, the page of ${version}: copy the file again` });
    close();
    return;
  }
  const sessions = openSessions(threadId);
  const api = sessions.api(() => Promise.resolve());
  const take = (ticket: Ticket): void => {
    if (ticket.kind === 'attach') sessions.attach(ticket);
    else if (ticket.kind === 'requests') sessions.serveRequests(ticket);
    else if (ticket.kind === 'control') expose(api, ticket.port);
  };
  addEventListener('message', ({ data }: MessageEvent<Ticket>) => take(data));
  const end = (error: unknown): void => {
    // First: who finds the tombstone looks for the reason.
    say({ ended: summaryOf(error) });
    sessions.markDead(Death.EXITED);
    close();
  };
  // What nobody caught ends the thread, as it does in Node: its state is not to be trusted any more.
  addEventListener('error', ({ error }) => end(error));
  addEventListener('unhandledrejection', ({ reason }) => end(reason));
  say({ started: true });
}

function openSessions(threadId: number): ThreadSessions {
  const traffic = { requests: 0, bytesRead: 0, bytesWritten: 0 };
  return new ThreadSessions({
    threadId,
    traffic,
    common: {
      open: (parts) => new FetchConnection(parts, traffic),
      unpacking: null,
      handovers: new Handovers(),
      lent: NOTHING_LENT,
      spin: new Spin(eventLoop),
    },
    later: eventLoop.later,
    beat: () => {},
    openRequests: ({ port }, slots) =>
      new RequestsSession(slots, { later: eventLoop.later, open: fetchRequests(traffic), port }),
    listen,
  });
}

/** The other end of a port tells when it is closed where the browser can (Chrome from 122 on). */
function listen<M>(port: Port, hear: (message: M) => void, onClose: () => void): void {
  port.onmessage = ({ data }: MessageEvent<M>) => hear(data);
  port.addEventListener('close', onClose);
}

function say(message: FromPageWorker): void {
  postMessage(message);
}
