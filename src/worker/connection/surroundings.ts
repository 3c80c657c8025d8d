import type { ClientSettings } from '../../shared/settings.ts';
import type { AnswerSink } from '../sinks/answer-sink.ts';
import type { EventLoop } from './event-loop.ts';
import type { Network } from './network.ts';
import type { Story } from './story.ts';

/** What all connections of a thread, those that are gone included, have done. */
export interface Traffic {
  requests: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What a connection uses of its client and its thread. */
export interface Surroundings {
  /** Where the answers go. */
  readonly sink: AnswerSink;
  /** Where it tells what becomes of itself. */
  readonly story: Story;
  readonly settings: ClientSettings;
  readonly network: Network;
  readonly loop: EventLoop;
  readonly scratch: Uint8Array;
  readonly traffic: Traffic;
}
