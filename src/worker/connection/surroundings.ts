import type { ClientSettings } from '../../shared/settings.ts';
import type { AnswerSink } from '../sinks/answer-sink.ts';
import type { EventLoop } from './event-loop.ts';
import type { Lent } from './lent.ts';
import type { Network } from './network.ts';
import type { Story } from './story.ts';

/** Totals of all connections of a thread, including those that are gone. */
export interface Traffic {
  requests: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What a connection uses of its client and its thread. */
export interface Surroundings {
  /** Where the answers go. */
  readonly sink: AnswerSink;
  /** Where the connection reports what happens to it. */
  readonly story: Story;
  readonly settings: ClientSettings;
  readonly network: Network;
  readonly loop: EventLoop;
  readonly lent: Lent;
  readonly scratch: Uint8Array;
  readonly traffic: Traffic;
}
