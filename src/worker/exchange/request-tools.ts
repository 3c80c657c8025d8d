import type { OrderMessage, RequestMessage } from '../../shared/messages.ts';
import type { RequestSlots } from '../../shared/request-slots.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import type { EventLoop } from '../connection/event-loop.ts';
import type { Lent } from '../connection/lent.ts';
import type { Unpacking } from '../unpack/decoder.ts';
import type { Done } from './exchanges.ts';
import type { DownloadTools } from './files/file-download.ts';
import type { Origins } from './origins.ts';
import type { RedirectRules } from './redirects.ts';

/** What the whole requests of a port share. */
export interface RequestTools {
  readonly origins: Origins;
  readonly slots: RequestSlots;
  readonly loop: EventLoop;
  readonly lent: Lent;
  readonly unpacking: Unpacking;
  readonly downloads: DownloadTools;
  readonly done: Done;
}

/** An order with its settings: its own, or those of the order before if it had none. */
export type Order = OrderMessage & { readonly settings: RequestSettings; readonly settingsKey: string };

export function redirectRules({ settings, maxRedirects }: Order): RedirectRules {
  return {
    follow: settings.followRedirects,
    maxRedirects,
    allowInsecure: settings.allowInsecureRedirects,
    sensitiveHeaders: settings.sensitiveHeaders,
  };
}

/** `body` is the whole body, in pieces. */
export function requestMessage(what: Omit<RequestMessage, 'verb' | 'bodyLength'>): RequestMessage {
  const bodyLength = what.body.reduce((sum, { length }) => sum + length, 0);
  return { verb: 'request', ...what, bodyLength };
}
