import type { Material, TLSSettings } from '../../shared/settings.ts';
import { brand, internalsOf } from './copies.ts';
import {
  copyMaterial,
  normaliseTLSClientOptions,
  requireName,
  type TLSClientOptions,
} from './tls-client-options.ts';

const KEY = Symbol('TLSOptions');

/** For clients only: the options as plain data. Throws `TypeError` for anything else. */
export function settingsOf(options: TLSOptions, name = 'tlsOptions'): TLSSettings {
  return internalsOf<TLSSettings>('TLSOptions', name, options);
}

/**
 * How a TLS connection is verified. Made by {@link TLSOptions.client} or {@link TLSOptions.clientUnsafe}. Immutable, so
 * one object may serve many clients.
 *
 * https://docs.godotengine.org/en/stable/classes/class_tlsoptions.html
 */
export class TLSOptions {
  readonly #settings: TLSSettings;

  private constructor(key: typeof KEY, settings: TLSSettings) {
    // `private` holds only in TypeScript, and options without settings would turn TLS off.
    if (key !== KEY)
      throw new TypeError('Make TLSOptions with TLSOptions.client() or TLSOptions.clientUnsafe()');
    this.#settings = settings;
  }

  /**
   * Verifies the chain and the name of the server's certificate, as `https://` alone does. Throws `TypeError` for a
   * wrong type, `RangeError` for a number out of range. The worker looks at the content of the certificates.
   *
   * @param trustedChain The root certificates to trust: PEM text, or PEM or DER bytes, one or many. They replace the
   *   default, null: the roots that the option `roots` names.
   * @param commonNameOverride The name that the certificate must have instead of that of the host. Default `''`: the
   *   host.
   * @param options The client's certificate, versions, pins and the rest.
   */
  static client(
    trustedChain: Material | null = null,
    commonNameOverride = '',
    options: TLSClientOptions = {},
  ): TLSOptions {
    return new TLSOptions(KEY, normaliseTLSOptions(true, trustedChain, commonNameOverride, options));
  }

  /**
   * Encrypts, but does not check the name in the server's certificate, and checks its chain only if a `trustedChain` is
   * given. Without `pins`, anyone on the way can pose as the server: this is for tests and for machines of your own.
   * Throws what {@link TLSOptions.client} throws, and `TypeError` for `revocationLists` without a `trustedChain`.
   */
  static clientUnsafe(trustedChain: Material | null = null, options: TLSClientOptions = {}): TLSOptions {
    return new TLSOptions(KEY, normaliseTLSOptions(false, trustedChain, '', options));
  }

  /** Whether this was made by {@link TLSOptions.clientUnsafe}. */
  isUnsafeClient(): boolean {
    return !this.#settings.verify;
  }

  /** The `commonNameOverride` that was given; `''` by default, and always for {@link TLSOptions.clientUnsafe}. */
  getCommonNameOverride(): string {
    return this.#settings.commonNameOverride;
  }

  /** The `trustedChain` that was given, bytes as a copy; null if the roots that `roots` names are trusted. */
  getTrustedCAChain(): Material | null {
    const { trustedChain } = this.#settings;
    return trustedChain === null ? null : copyMaterial('trustedChain', trustedChain);
  }

  static {
    brand(TLSOptions.prototype, 'TLSOptions', (options) => options.#settings);
  }
}

function normaliseTLSOptions(
  verify: boolean,
  trustedChain: unknown,
  commonNameOverride: string,
  options: TLSClientOptions,
): TLSSettings {
  requireName('commonNameOverride', commonNameOverride);
  const rest = normaliseTLSClientOptions(options);
  // Without an error the program would believe that they were checked.
  if (!verify && trustedChain === null && rest.revocationLists !== null)
    throw new TypeError('revocationLists have no effect in clientUnsafe() without a trustedChain');
  const chain = trustedChain === null ? null : copyMaterial('trustedChain', trustedChain);
  return { verify, trustedChain: chain, commonNameOverride, ...rest };
}
