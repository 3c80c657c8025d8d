import type { Completion, OrderMessage } from '../../shared/messages.ts';
import type { RequestSlots } from '../../shared/request-slots.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import type { EventLoop } from '../connection/event-loop.ts';
import type { Unpacking } from '../unpack/decoder.ts';
import type { DownloadTools } from './files/file-download.ts';
import type { Origins } from './origins.ts';
import type { RedirectRules } from './redirects.ts';

/** What the whole requests of a port share. */
export interface RequestTools {
  readonly origins: Origins;
  readonly slots: RequestSlots;
  readonly loop: EventLoop;
  readonly unpacking: Unpacking;
  readonly downloads: DownloadTools;
  /**
   * Something is complete: it is told exactly once, unless the request is cancelled. If it holds its file, a second
   * time when it does so no more: then only that is told.
   */
  readonly done: (order: Order, completion: Completion) => void;
}

/** An order, with the settings that it may have left to the one before. */
export type Order = OrderMessage & { readonly settings: RequestSettings; readonly settingsKey: string };

export function redirectRules({ settings, maxRedirects }: Order): RedirectRules {
  return {
    follow: settings.followRedirects,
    maxRedirects,
    allowInsecure: settings.allowInsecureRedirects,
    sensitiveHeaders: settings.sensitiveHeaders,
  };
}
