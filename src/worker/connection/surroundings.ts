import type { ClientSettings } from '../../shared/settings.ts';
import type { RingSink } from '../sinks/ring-sink.ts';
import type { EventLoop } from './event-loop.ts';
import type { Network } from './network.ts';

/** What all connections of a thread, those that are gone included, have done. */
export interface Traffic {
  requests: number;
  bytesRead: number;
  bytesWritten: number;
}

/** Who is told when requests come and go. */
export interface RequestObserver {
  /** A request is about to be written. */
  asked(): void;
  /** Its answer is complete, and about to be published. */
  answered(): void;
}

/** What a connection uses of its client and its thread. */
export interface Surroundings {
  readonly log: RingSink;
  readonly settings: ClientSettings;
  readonly network: Network;
  readonly loop: EventLoop;
  readonly scratch: Uint8Array;
  readonly traffic: Traffic;
  readonly observer: RequestObserver;
}
