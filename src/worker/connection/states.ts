import { Status } from '../../shared/enums.ts';
import type { FailurePhase } from '../../shared/failure.ts';

/** How far a connection has come. */
export type State =
  | 'new'
  | 'resolve'
  | 'connect'
  | 'proxy'
  | 'tls'
  | 'idle'
  | 'request'
  | 'body'
  | 'finishing'
  | 'stream'
  | 'sending'
  | 'over';

/** What can happen to a connection. */
export type Event =
  /** A step of dialling begins. */
  | 'resolving'
  | 'connecting'
  | 'tunnelling'
  | 'securing'
  /** It is another client's, or a stream of the caller's, and comes here. */
  | 'adopting'
  /** It is up. */
  | 'opened'
  /** A request is about to be written. */
  | 'asking'
  /** The head of the answer has come. */
  | 'headCame'
  /** The answer is complete, and the connection can be used again; or it can't; or the request is not sent whole. */
  | 'complete'
  | 'completeLast'
  | 'completeEarly'
  /** The rest of that request is sent, after all; or it is not, and the server is left in the middle of it. */
  | 'requestSent'
  | 'requestCut'
  /** The caller takes it for a stream. */
  | 'streaming'
  /** The peer sends nothing more; the caller still can, or can't either. */
  | 'peerEnded'
  | 'streamEnded'
  /** All that the caller sends has been taken, and the FIN behind it. */
  | 'shut'
  /** The peer has closed it outside an answer and a stream. */
  | 'peerClosed'
  | 'failed'
  /** The caller wants to hear no more. */
  | 'callerLeft';

/** What is done when a connection passes into its next state. */
export type Action =
  | 'nothing'
  | 'tellConnecting'
  | 'tellConnected'
  | 'ask'
  | 'tellComplete'
  | 'tellOver'
  | 'beginStream'
  | 'tellPeerEnded'
  | 'fail'
  | 'beSilent';

export type Transition = readonly [next: State, action: Action];

/** What follows from an event. An event without an entry changes nothing. */
export type Row = { readonly [event in Event]?: Transition };

/** It may end at any time: with a failure, or because the caller has left. */
const ENDING: Row = { failed: ['over', 'fail'], callerLeft: ['over', 'beSilent'] };

/** The steps follow each other as the way demands: a proxy's name is resolved after it was chosen. */
const DIALLING: Row = {
  ...ENDING,
  resolving: ['resolve', 'nothing'],
  connecting: ['connect', 'tellConnecting'],
  tunnelling: ['proxy', 'nothing'],
  securing: ['tls', 'nothing'],
  opened: ['idle', 'tellConnected'],
};

/**
 * The states of a connection, and what leads from one to another: all that is decided by how far it has come. Where the
 * same thing can happen in two ways, who tells of it says which (`complete` or `completeLast`).
 *
 *     resolve -> connect -> [proxy] -> [tls] -> idle -> request -> body -> [finishing] -> idle ...
 *                                                  \-> stream -> [sending]
 *
 * docs/internals.md has it drawn as a table.
 */
export const STATES: { readonly [state in State]: Row } = {
  new: { ...DIALLING, adopting: ['idle', 'nothing'] },
  resolve: DIALLING,
  connect: DIALLING,
  proxy: DIALLING,
  tls: DIALLING,
  // What is adopted is taken for idle at once: a request may come before it does.
  idle: {
    ...ENDING,
    asking: ['request', 'ask'],
    streaming: ['stream', 'beginStream'],
    peerClosed: ['over', 'fail'],
  },
  request: { ...ENDING, headCame: ['body', 'nothing'] },
  body: {
    ...ENDING,
    complete: ['idle', 'tellComplete'],
    completeLast: ['over', 'tellOver'],
    completeEarly: ['finishing', 'nothing'],
  },
  // The answer is complete, and the request is not: whatever happens to the connection now is no failure.
  finishing: {
    requestSent: ['idle', 'tellComplete'],
    requestCut: ['over', 'tellOver'],
    peerClosed: ['over', 'tellOver'],
    failed: ['over', 'tellOver'],
    callerLeft: ['over', 'beSilent'],
  },
  stream: { ...ENDING, peerEnded: ['sending', 'tellPeerEnded'], streamEnded: ['over', 'tellOver'] },
  sending: { ...ENDING, shut: ['over', 'tellOver'] },
  over: {},
};

/** What a failure in each state is about, and what it makes of the caller's status. No entry fails in the last two. */
export const FAILURES: { readonly [state in State]: FailsAs } = {
  new: ['resolve', Status.CANT_RESOLVE],
  resolve: ['resolve', Status.CANT_RESOLVE],
  connect: ['connect', Status.CANT_CONNECT],
  proxy: ['proxy', Status.CANT_CONNECT],
  tls: ['tls', Status.TLS_HANDSHAKE_ERROR],
  idle: ['idle', Status.CONNECTION_ERROR],
  request: ['request', Status.CONNECTION_ERROR],
  body: ['body', Status.CONNECTION_ERROR],
  stream: ['stream', Status.CONNECTION_ERROR],
  sending: ['stream', Status.CONNECTION_ERROR],
  finishing: ['body', Status.CONNECTION_ERROR],
  over: ['idle', Status.CONNECTION_ERROR],
};

export type FailsAs = readonly [phase: FailurePhase, status: Status];

/** The event with which each step of dialling begins. */
export const STEPS = {
  resolve: 'resolving',
  connect: 'connecting',
  proxy: 'tunnelling',
  tls: 'securing',
} as const satisfies { readonly [state in State]?: Event };
