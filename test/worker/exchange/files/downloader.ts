import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adjustmentsOf } from '../../../../src/main/http-request/adjustable-request.ts';
import { HTTPRequest } from '../../../../src/main/http-request/http-request.ts';
import type { HTTPRequestOptions } from '../../../../src/main/options/request-options.ts';
import {
  type CompletionArrays,
  cancelToArray,
  completionFromArray,
  orderToArray,
} from '../../../../src/shared/message-arrays.ts';
import type { Completion, FileOrder } from '../../../../src/shared/messages.ts';
import { createSlots, RequestSlots } from '../../../../src/shared/request-slots.ts';
import { NOTHING_LENT } from '../../../../src/worker/connection/lent.ts';
import type { Files } from '../../../../src/worker/exchange/files/files.ts';
import { wireExchanges } from '../../../../src/worker/exchange/wire-exchanges.ts';
import { eventLoop } from '../../../../src/worker/node/event-loop.ts';
import { NodeFiles } from '../../../../src/worker/node/files/node-files.ts';
import { NodeNetwork } from '../../../../src/worker/node/network.ts';
import { nodeUnpacking } from '../../../../src/worker/node/unpack/unpacking.ts';
import { RequestsSession } from '../../../../src/worker/session/requests-session.ts';
import { test as base } from '../../../support/servers.ts';

export interface Download extends Partial<FileOrder> {
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly bodySizeLimit?: number;
  readonly acceptGzip?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** A download that is under way. */
export interface Started {
  /** All that was told of it, in the end. */
  readonly told: readonly Completion[];
  readonly completed: Promise<Completion>;
  cancel(): void;
}

export interface DownloaderOptions {
  readonly files?: Files;
  readonly options?: HTTPRequestOptions;
}

/** The worker's side of whole requests, on the test's thread, and a folder for its files. */
export class Downloader {
  readonly folder = mkdtempSync(join(tmpdir(), 'tickhttp-files-'));
  readonly path = join(this.folder, 'file');
  readonly session: RequestsSession;
  readonly #hear = new Map<number, (completion: Completion) => void>();
  readonly #options: HTTPRequestOptions;
  #ids = 0;

  constructor({ files = new NodeFiles(), options = {} }: DownloaderOptions = {}) {
    this.#options = options;
    const keeping = { connectionsPerOrigin: 6, keepAliveTimeout: 4000 };
    const traffic = { requests: 0, bytesRead: 0, bytesWritten: 0 };
    const platform = {
      network: new NodeNetwork(NOTHING_LENT),
      files,
      unpacking: nodeUnpacking,
      loop: eventLoop,
    };
    const tools = { ...platform, lent: NOTHING_LENT, scratch: new Uint8Array(2 ** 20), traffic };
    this.session = new RequestsSession(new RequestSlots(createSlots()), {
      later: eventLoop.later,
      open: wireExchanges(tools, keeping),
      port: {
        postMessage: (arrays: CompletionArrays) => {
          for (const completion of arrays.map(completionFromArray)) {
            this.#hear.get(completion.id)?.(completion);
          }
        },
      },
    });
  }

  start(url: string, download: Download = {}): Started {
    const { path = this.path, chunkSize = 65_536, keepPartial = false, append = false } = download;
    return this.#order(url, { path, chunkSize, keepPartial, append }, download);
  }

  #order(url: string, file: FileOrder | null, download: Download): Started {
    const { method = 'GET', headers = [], timeout = 0, acceptGzip = false } = download;
    const { bodySizeLimit = Number.POSITIVE_INFINITY } = download;
    const settings = adjustmentsOf(new HTTPRequest(this.#options)).settings();
    if ('phase' in settings) throw new Error(settings.message);
    const id = this.#ids++;
    const what = { url, method, headers, body: [], file };
    const told: Completion[] = [];
    const completed = new Promise<Completion>((resolve) => {
      this.#hear.set(id, (completion) => {
        told.push(completion);
        resolve(completion);
      });
    });
    const limits = { timeout, bodySizeLimit, maxRedirects: 8, acceptGzip };
    this.session.hear(orderToArray(id, id, { ...what, ...limits }, settings));
    return { told, completed, cancel: () => this.session.hear(cancelToArray(id)) };
  }

  /** A whole request without a file. */
  inMemory(url: string): Promise<Completion> {
    return this.#order(url, null, {}).completed;
  }

  fetch(url: string, download: Download = {}): Promise<Completion> {
    return this.start(url, download).completed;
  }

  /** Names in the folder. */
  get names(): string[] {
    return readdirSync(this.folder).sort();
  }

  text(name = 'file'): string {
    return readFileSync(join(this.folder, name), 'latin1');
  }

  /** -1: there is none. */
  sizeOf(name: string): number {
    return lstatSync(join(this.folder, name), { throwIfNoEntry: false })?.size ?? -1;
  }

  close(): void {
    this.session.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

export const test = base.extend<{ downloader: Downloader }>({
  downloader: async ({ task: _task }, use) => {
    const downloader = new Downloader();
    await use(downloader);
    downloader.close();
  },
});
