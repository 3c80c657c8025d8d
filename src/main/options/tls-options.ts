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
   * Verifies the certificate's chain and name. This is what `https://` alone does. Throws `TypeError` for a wrong type;
   * the worker looks at what the bytes hold.
   *
   * @param trustedChain The root certificates to trust instead of Node's own: PEM text, or PEM or DER bytes,
   *   one or many.
   * @param commonNameOverride The name that the certificate must carry instead of the host's.
   * @param options Client certificate, versions, pins and the rest.
   */
  static client(
    trustedChain: Material | null = null,
    commonNameOverride = '',
    options: TLSClientOptions = {},
  ): TLSOptions {
    return new TLSOptions(KEY, normaliseTLSOptions(true, trustedChain, commonNameOverride, options));
  }

  /**
   * Encrypts, but does not check the certificate's name, and its chain only against `trustedChain` if one is given.
   * Anyone on the way can pose as the server, unless `pins` are given: for tests and for machines of one's own.
   */
  static clientUnsafe(trustedChain: Material | null = null, options: TLSClientOptions = {}): TLSOptions {
    return new TLSOptions(KEY, normaliseTLSOptions(false, trustedChain, '', options));
  }

  /** True if made by {@link TLSOptions.clientUnsafe}. */
  isUnsafeClient(): boolean {
    return !this.#settings.verify;
  }

  getCommonNameOverride(): string {
    return this.#settings.commonNameOverride;
  }

  /** What was given (bytes as a copy), null for the roots that `roots` names. */
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
  // A program that is told nothing takes it that they were checked.
  if (!verify && trustedChain === null && rest.revocationLists !== null)
    throw new TypeError('revocationLists are of no use to clientUnsafe() without a trustedChain');
  const chain = trustedChain === null ? null : copyMaterial('trustedChain', trustedChain);
  return { verify, trustedChain: chain, commonNameOverride, ...rest };
}
