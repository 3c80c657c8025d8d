import type * as Package from 'tickhttp';

/** What helpers.mjs puts into a page. */
declare global {
  const tickhttp: typeof Package;
  const turn: () => Promise<void>;
  const until: (reached: () => boolean) => Promise<void>;
  const pollUntil: (http: Package.HTTPClient, reached: () => boolean) => Promise<void>;
  const connected: (
    options?: Package.HTTPClientOptions,
    port?: number,
    host?: string,
  ) => Promise<Package.HTTPClient>;
  const exchange: (http: Package.HTTPClient, path: string, what?: Asked) => Promise<Exchanged>;
  const whole: (url: string, what?: AskedWhole) => Promise<Whole>;
  const shown: (result: Package.HTTPResult) => Whole;
  /** What a test keeps from one `evaluate()` to the next. */
  let kept: Package.HTTPClient;
  const pattern: (length: number) => Promise<Uint8Array>;
  const openCheck: () => Promise<(bytes: Uint8Array, from: number) => void>;
  const readChecked: (http: Package.HTTPClient, from: number, count: number) => Promise<number>;
  const hiddenUntil: <T>(reached: () => boolean, look: () => T) => Promise<{ first: T; last: T }>;
  const sabotage: (deed: string, workers?: number) => Promise<void>;
  const requestAnimationFrame: (act: () => void) => number;
  const origin: string;
  const location: { readonly origin: string; readonly port: string };
  class XMLHttpRequest {
    open(method: string, url: string, later: boolean): void;
    send(): void;
    readonly responseText: string;
  }
  class Worker {
    constructor(url: string, options: { type: 'module' });
    onmessage: (event: { data: never }) => void;
    onerror: (event: { message: string }) => void;
  }
}

export interface Asked {
  method?: Package.Method;
  headers?: string[];
  body?: string | Uint8Array;
  read?: () => Uint8Array;
}

export type AskedWhole = Asked & {
  options?: Package.HTTPRequestOptions;
  maxRedirects?: number;
  bodySizeLimit?: number;
  timeout?: number;
  downloadFile?: string;
};

export interface Exchanged {
  readonly error?: number;
  readonly statuses: string[];
  readonly code: number;
  readonly headers: string[];
  readonly bodyLength: number;
  readonly length: number;
  readonly sum: number;
  readonly text: string;
  readonly failure: Package.Failure | null;
}

export interface Whole {
  readonly error?: number;
  readonly result: string;
  readonly ok: boolean;
  readonly code: number;
  readonly url: string;
  readonly length: number;
  readonly text: string;
  readonly failure: Package.Failure | null;
}
