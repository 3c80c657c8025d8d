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

/** The settings, as a request needs them. */
interface Adjustments {
  readonly options: NormalisedRequestOptions;
  /** The same object until something is changed. A Failure if a proxy is invalid. */
  settings(): RequestSettings | Failure;
}

/** For HTTPRequest only. */
export let adjustmentsOf: (request: AdjustableRequest) => Adjustments;

/** HTTPRequest puts in here how a setting that is refused is reported. */
export const reports = { impossible: (_request: AdjustableRequest, _failure: Failure): void => {} };

/** Many objects have the same options, and as long as nothing is set they have the same settings. */
const defaultSettings = new WeakMap<NormalisedRequestOptions, RequestSettings>();

/**
 * The settings of an `HTTPRequest`. Unless a setting says otherwise, it can be changed at any time, and takes effect at
 * the next `request()`. A wrong type throws `TypeError`, a number out of range `RangeError`.
 */
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
   * The most bytes of a body, decompressed: a larger one is BODY_SIZE_LIMIT_EXCEEDED. 0 or more, or -1, the default: 1
   * GiB in memory, no limit for a `downloadFile`. Throws `Error` while a request is under way.
   */
  get bodySizeLimit(): number {
    return this.#bodySizeLimit;
  }

  set bodySizeLimit(bytes: number) {
    requireInteger('bodySizeLimit', bytes, -1, Number.MAX_SAFE_INTEGER);
    requireIdle(this, 'bodySizeLimit');
    this.#bodySizeLimit = bytes;
  }

  /** Godot's setter of {@link bodySizeLimit}. */
  setBodySizeLimit(bytes: number): void {
    this.bodySizeLimit = bytes;
  }

  /** Godot's getter of {@link bodySizeLimit}. */
  getBodySizeLimit(): number {
    return this.#bodySizeLimit;
  }

  /**
   * How many redirects are followed; the next one is REDIRECT_LIMIT_REACHED. 0 to 2 147 483 647, or -1 for no limit.
   * Default 8.
   */
  get maxRedirects(): number {
    return this.#maxRedirects;
  }

  set maxRedirects(count: number) {
    requireInteger('maxRedirects', count, -1, 2 ** 31 - 1);
    this.#maxRedirects = count;
  }

  /** Godot's setter of {@link maxRedirects}. */
  setMaxRedirects(count: number): void {
    this.maxRedirects = count;
  }

  /** Godot's getter of {@link maxRedirects}. */
  getMaxRedirects(): number {
    return this.#maxRedirects;
  }

  /**
   * The time limit in seconds for everything from `request()` on, including redirects and waiting for a connection.
   * When it is over, the result is TIMEOUT. The worker measures it: a busy main thread neither pauses nor triggers it.
   * A fraction is allowed, and more than 2 147 483 counts as that. 0, the default, is no limit.
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

  /** Godot's setter of {@link timeout}. */
  setTimeout(seconds: number): void {
    this.timeout = seconds;
  }

  /** Godot's getter of {@link timeout}. */
  getTimeout(): number {
    return this.#timeout;
  }

  /**
   * Remembered, but without effect: everything runs on a thread. Default false. Throws `Error` while a request is under
   * way.
   */
  get useThreads(): boolean {
    return this.#useThreads;
  }

  set useThreads(enabled: boolean) {
    requireBoolean('useThreads', enabled);
    requireIdle(this, 'useThreads');
    this.#useThreads = enabled;
  }

  /** Godot's setter of {@link useThreads}. */
  setUseThreads(enabled: boolean): void {
    this.useThreads = enabled;
  }

  /** Godot's getter of {@link useThreads}. */
  isUsingThreads(): boolean {
    return this.#useThreads;
  }

  /**
   * Whether `poll()` sleeps until the request is complete, for at most `timeouts.blocking`. Takes effect at the next
   * `poll()`. For Node: in pages and their workers it stays false. Default false. Beyond Godot.
   */
  get blockingModeEnabled(): boolean {
    return this.#blockingModeEnabled;
  }

  set blockingModeEnabled(enabled: boolean) {
    requireBoolean('blockingModeEnabled', enabled);
    const impossible = enabled ? place.refusals?.wholeBlocking() : null;
    if (impossible) reports.impossible(this, impossible);
    this.#blockingModeEnabled = enabled && !impossible;
  }

  /** A setter of {@link blockingModeEnabled}, named as that of HTTPClient. */
  setBlockingMode(enabled: boolean): void {
    this.blockingModeEnabled = enabled;
  }

  /** A getter of {@link blockingModeEnabled}, named as that of HTTPClient. */
  isBlockingModeEnabled(): boolean {
    return this.#blockingModeEnabled;
  }

  /** How servers of `https://` URLs are verified. Null: `TLSOptions.client()`. Default: the option `tls`. */
  setTLSOptions(options: TLSOptions | null): void {
    if (options !== null) settingsOf(options);
    this.#tls = options;
    this.#settings = null;
  }

  /**
   * The proxy for `http://` URLs, as {@link HTTPClient.setHttpProxy} takes it. A `request()` reports an invalid one: it
   * returns ERR_INVALID_PARAMETER.
   */
  setHttpProxy(host: string, port: number): void {
    this.#httpProxy = parseSetting(host, port);
    this.#settings = null;
  }

  /**
   * The proxy for `https://` URLs, as {@link HTTPClient.setHttpsProxy} takes it. A `request()` reports an invalid one:
   * it returns ERR_INVALID_PARAMETER.
   */
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

/** The settings with the environment, as it was last read for them. */
const withEnvironments = new WeakMap<RequestSettings, RequestSettings>();

/**
 * The same object until the environment changes, so that an order need not compare its content with that of the last
 * order.
 */
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
