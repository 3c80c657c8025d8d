import type { LogWriter } from '../../shared/log/writer.ts';
import type { ClientSettings } from '../../shared/settings.ts';
import type { Resolver } from '../node/dial/resolver.ts';
import type { Attention } from '../session/attention.ts';

/** What all connections of a thread, those that are gone included, have done. */
export interface Traffic {
  requests: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What a connection uses of its client and its thread. */
export interface Surroundings {
  readonly log: LogWriter;
  readonly settings: ClientSettings;
  readonly resolver: Resolver;
  readonly scratch: Uint8Array;
  readonly traffic: Traffic;
  readonly attention: Attention;
}
