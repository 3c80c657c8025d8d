import type { Failure } from '../../shared/failure.ts';
import type { RequestSettings } from '../../shared/settings.ts';
import { type ConfiguredProxy, parseProxySetting } from '../http-client/proxy.ts';
import {
  requireBoolean,
  requireInteger,
  requireNumber,
  requireString,
  requireWholeNumber,
} from '../options/arguments.ts';
import {
  type HTTPRequestOptions,
  type NormalisedRequestOptions,
  sharedRequestOptions,
  VERIFYING_CLIENT,
} from '../options/request-options.ts';
import { settingsOf, type TLSOptions } from '../options/tls-options.ts';
import { place } from '../place/here.ts';
import { DownloadSettings, requireIdle } from './download-settings.ts';
import { isSame } from './same-settings.ts';

/** What has been set, as a request needs it. */
interface Adjustments {
  readonly options: NormalisedRequestOptions;
  /** The same object until something is changed. A Failure if a proxy was invalid. */
  settings(): RequestSettings | Failure;
}

/** For HTTPRequest only. */
export let adjustmentsOf: (request: AdjustableRequest) => Adjustments;

/** Objects with the same options are many, and have the same settings as long as nothing is set. */
const defaultSettings = new WeakMap<NormalisedRequestOptions, RequestSettings>();

/** What of an `HTTPRequest` can be set. Where nothing else is said it counts from the next `request()` on. */
export abstract class AdjustableRequest extends DownloadSettings {
  readonly #options: NormalisedRequestOptions;
  #settings: RequestSettings | null = null;
  #tls: TLSOptions | null;
  #httpProxy: ConfiguredProxy | Failure | null = null;
  #httpsProxy: ConfiguredProxy | Failure | null = null;
  #bodySizeLimit = -1;
  #maxRedirects = 8;
  #timeout = 0;
  #useThreads = false;
  #blockingModeEnabled = false;

  /** @internal */
  constructor(options: HTTPRequestOptions) {
    super();
    this.#options = sharedRequestOptions(options);
    this.#tls = this.#options.tls;
  }

  /**
   * Bytes that a body may have, unpacked: a larger one is BODY_SIZE_LIMIT_EXCEEDED. -1, the default: 1 GiB in memory,
   * no limit for a `downloadFile`. Not while busy.
   */
  get bodySizeLimit(): number {
    return this.#bodySizeLimit;
  }

  set bodySizeLimit(bytes: number) {
    requireInteger('bodySizeLimit', bytes, -1, Number.MAX_SAFE_INTEGER);
    requireIdle(this, 'bodySizeLimit');
    this.#bodySizeLimit = bytes;
  }

  setBodySizeLimit(bytes: number): void {
    this.bodySizeLimit = bytes;
  }

  getBodySizeLimit(): number {
    return this.#bodySizeLimit;
  }

  /** Redirects that are followed; the next is REDIRECT_LIMIT_REACHED. -1: no limit. Default 8. */
  get maxRedirects(): number {
    return this.#maxRedirects;
  }

  set maxRedirects(count: number) {
    requireInteger('maxRedirects', count, -1, 2 ** 31 - 1);
    this.#maxRedirects = count;
  }

  setMaxRedirects(count: number): void {
    this.maxRedirects = count;
  }

  getMaxRedirects(): number {
    return this.#maxRedirects;
  }

  /**
   * Seconds for everything from `request()` on, redirects and waiting for a connection included: then the result is
   * TIMEOUT. The worker measures them, so a busy main thread neither pauses nor triggers them. 0, the default: no
   * limit.
   */
  get timeout(): number {
    return this.#timeout;
  }

  set timeout(seconds: number) {
    requireNumber('timeout', seconds);
    if (!(seconds >= 0) || seconds === Number.POSITIVE_INFINITY)
      throw new RangeError(`timeout must be 0 or more seconds, not ${seconds}`);
    this.#timeout = seconds;
  }

  setTimeout(seconds: number): void {
    this.timeout = seconds;
  }

  getTimeout(): number {
    return this.#timeout;
  }

  /** Remembered, and without effect: everything is on a thread. Default false. Not while busy. */
  get useThreads(): boolean {
    return this.#useThreads;
  }

  set useThreads(enabled: boolean) {
    requireBoolean('useThreads', enabled);
    requireIdle(this, 'useThreads');
    this.#useThreads = enabled;
  }

  setUseThreads(enabled: boolean): void {
    this.useThreads = enabled;
  }

  isUsingThreads(): boolean {
    return this.#useThreads;
  }

  /** Whether `poll()` sleeps until the request is complete. Default false. Beyond Godot. */
  get blockingModeEnabled(): boolean {
    return this.#blockingModeEnabled;
  }

  set blockingModeEnabled(enabled: boolean) {
    requireBoolean('blockingModeEnabled', enabled);
    this.#blockingModeEnabled = enabled;
  }

  setBlockingMode(enabled: boolean): void {
    this.blockingModeEnabled = enabled;
  }

  isBlockingModeEnabled(): boolean {
    return this.#blockingModeEnabled;
  }

  /** How servers of `https://` URLs are verified. Null: `TLSOptions.client()`. */
  setTLSOptions(options: TLSOptions | null): void {
    if (options !== null) settingsOf(options);
    this.#tls = options;
    this.#settings = null;
  }

  /** The proxy for `http://` URLs: see {@link HTTPClient.setHttpProxy}. */
  setHttpProxy(host: string, port: number): void {
    this.#httpProxy = parseSetting(host, port);
    this.#settings = null;
  }

  /** The proxy for `https://` URLs: see {@link HTTPClient.setHttpsProxy}. */
  setHttpsProxy(host: string, port: number): void {
    this.#httpsProxy = parseSetting(host, port);
    this.#settings = null;
  }

  #settingsNow(): RequestSettings | Failure {
    const options = this.#options;
    const own = this.#httpProxy !== null || this.#httpsProxy !== null || this.#tls !== options.tls;
    const common = own ? undefined : defaultSettings.get(options);
    const found = this.#settings ?? common ?? this.#makeSettings();
    if ('phase' in found) return found;
    if (!own) defaultSettings.set(options, found);
    this.#settings = found;
    return options.shared.proxyFromEnvironment ? withEnvironment(found) : found;
  }

  #makeSettings(): RequestSettings | Failure {
    const { shared, followRedirects, allowInsecureRedirects, sensitiveHeaders } = this.#options;
    const [httpProxy, httpsProxy] = [this.#httpProxy, this.#httpsProxy];
    if (httpProxy && 'phase' in httpProxy) return httpProxy;
    if (httpsProxy && 'phase' in httpsProxy) return httpsProxy;
    return {
      client: shared.client,
      tls: settingsOf(this.#tls ?? VERIFYING_CLIENT),
      httpProxy,
      httpsProxy,
      environment: null,
      proxyDefaults: shared.proxyDefaults,
      followRedirects,
      allowInsecureRedirects,
      sensitiveHeaders,
    };
  }

  static {
    adjustmentsOf = (request) => ({
      options: request.#options,
      settings: () => request.#settingsNow(),
    });
  }
}

/** The settings with the environment that they last met. */
const withEnvironments = new WeakMap<RequestSettings, RequestSettings>();

/** The same object until the environment changes: then an order need not compare what it holds with the one before. */
function withEnvironment(settings: RequestSettings): RequestSettings {
  const environment = place.proxyEnvironment();
  const known = withEnvironments.get(settings);
  if (known && isSame(known.environment, environment)) return known;
  const made = { ...settings, environment };
  withEnvironments.set(settings, made);
  return made;
}

function parseSetting(host: string, port: number): ConfiguredProxy | Failure | null {
  requireString('host', host);
  requireWholeNumber('port', port);
  return parseProxySetting(host, port);
}
