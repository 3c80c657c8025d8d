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
  /** The connection of another client, or a stream of the caller's, is going to be taken over. */
  | 'adopting'
  /** The connection is open. */
  | 'opened'
  /** A request is about to be written. */
  | 'asking'
  /** The head of the answer has come. */
  | 'headCame'
  /**
   * The answer is complete. The connection can be used again; or it can't; or the request is not completely sent yet.
   */
  | 'complete'
  | 'completeLast'
  | 'completeEarly'
  /** After completeEarly: the rest of the request was sent; or it was not, and the server got only a part of it. */
  | 'requestSent'
  | 'requestCut'
  /** The caller uses the connection as a stream. */
  | 'streaming'
  /** The peer sends nothing more. The caller can still send; or it can't either. */
  | 'peerEnded'
  | 'streamEnded'
  /** The system has taken all that the caller sent, and the FIN behind it. */
  | 'shut'
  /** The peer has closed the connection, outside of an answer or a stream. */
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

/** A connection may end at any time: with a failure, or because the caller has left. */
const ENDING: Row = { failed: ['over', 'fail'], callerLeft: ['over', 'beSilent'] };

/** The steps may come in any order: a proxy's name, for example, is resolved after the proxy was chosen. */
const DIALLING: Row = {
  ...ENDING,
  resolving: ['resolve', 'nothing'],
  connecting: ['connect', 'tellConnecting'],
  tunnelling: ['proxy', 'nothing'],
  securing: ['tls', 'nothing'],
  opened: ['idle', 'tellConnected'],
};

/**
 * The states of a connection, and what leads from one to another: everything that depends on how far it has come. If
 * the same thing can happen in two ways, whoever reports it says which (`complete` or `completeLast`).
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
  // An adopted connection counts as idle at once: a request may come before the connection does.
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
  // The answer is complete, but the request is not sent completely. Whatever happens to the connection now is not a
  // failure.
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

/** The phase and the status of a failure in each state. In the last two states of this table no failure is reported. */
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
