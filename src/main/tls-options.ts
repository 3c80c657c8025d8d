import type { TLSSettings } from '../shared/messages.ts';
import { requireString } from './arguments.ts';

const KEY = Symbol('TLSOptions');

/** For clients only: the options as plain data. */
export let settingsOf: (options: TLSOptions) => TLSSettings;

/**
 * How a TLS connection is verified. Made by {@link TLSOptions.client} or {@link TLSOptions.clientUnsafe}; immutable,
 * so one may serve many clients.
 *
 * https://docs.godotengine.org/en/stable/classes/class_tlsoptions.html
 */
export class TLSOptions {
  readonly #settings: TLSSettings;

  private constructor(key: typeof KEY, settings: TLSSettings) {
    // `private` holds in TypeScript only, and options without settings would turn TLS off.
    if (key !== KEY)
      throw new TypeError('Make TLSOptions with TLSOptions.client() or TLSOptions.clientUnsafe()');
    this.#settings = settings;
  }

  /**
   * Verifies the certificate's chain and name. This is what `https://` alone does.
   *
   * @param trustedChain PEM text of the root certificates to trust instead of Node's own, one after the other.
   * @param commonNameOverride The name that the certificate must carry instead of the host's.
   */
  static client(trustedChain: string | null = null, commonNameOverride = ''): TLSOptions {
    if (trustedChain !== null) requireString('trustedChain', trustedChain);
    requireString('commonNameOverride', commonNameOverride);
    return new TLSOptions(KEY, { trustedChain, commonNameOverride, verify: true });
  }

  /**
   * Encrypts, but does not check the certificate's name, and its chain only against `trustedChain` if one is given.
   * Anyone on the way can pose as the server: for tests and for machines of one's own.
   */
  static clientUnsafe(trustedChain: string | null = null): TLSOptions {
    if (trustedChain !== null) requireString('trustedChain', trustedChain);
    return new TLSOptions(KEY, { trustedChain, commonNameOverride: '', verify: false });
  }

  /** True if made by {@link TLSOptions.clientUnsafe}. */
  isUnsafeClient(): boolean {
    return !this.#settings.verify;
  }

  getCommonNameOverride(): string {
    return this.#settings.commonNameOverride;
  }

  /** The PEM text given, null for Node's own roots. */
  getTrustedCAChain(): string | null {
    return this.#settings.trustedChain;
  }

  static {
    settingsOf = (options) => options.#settings;
  }
}
