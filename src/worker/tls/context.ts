import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { LRUCache } from 'lru-cache';
import type { TLSSettings } from '../../shared/messages.ts';
import { ConnectionError, reasonOf } from '../connection-error.ts';
import { openCache } from '../lru-cache.ts';
import { certificates, privateKey, revocationLists } from './material.ts';
import { nodeCrypto, nodeTLS } from './node.ts';
import { systemRoots } from './roots.ts';

/** Digest of the options: those that hold the same have the same, whatever objects they came in. */
export function keyOf(settings: TLSSettings): string {
  const text = JSON.stringify(settings, (_name, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
  );
  return nodeCrypto().createHash('sha256').update(text).digest('base64');
}

/** A file of a hundred authorities takes milliseconds to parse, in which no other connection of the thread gets on. */
let contexts: LRUCache<string, SecureContext> | undefined;

/** What OpenSSL needs for connections of these settings. Throws for material that is none. */
export function contextOf(key: string, settings: TLSSettings): SecureContext {
  contexts ??= openCache({ max: 32 });
  const known = contexts.get(key);
  if (known) return known;
  const context = nodeTLS().createSecureContext(contextOptions(settings));
  contexts.set(key, context);
  return context;
}

function contextOptions(settings: TLSSettings): SecureContextOptions {
  const { minVersion, maxVersion, ciphers } = settings;
  const ca = trustedRoots(settings);
  return {
    minVersion,
    maxVersion,
    ...(ciphers === null ? {} : { ciphers }),
    ...(ca === null ? {} : { ca }),
    ...crl(settings),
    ...clientCertificate(settings),
  };
}

/** Null: Node's own. Never an empty list, which Node takes for that. */
function trustedRoots({ trustedChain, roots, verify }: TLSSettings): string[] | null {
  if (trustedChain !== null)
    return certificates('trustedChain', 'INVALID_CA', trustedChain).map((root) => root.toString());
  return roots === 'system' && verify ? systemRoots() : null;
}

function crl(settings: TLSSettings): Pick<SecureContextOptions, 'crl'> {
  if (settings.revocationLists === null) return {};
  const lists = revocationLists(settings.revocationLists);
  // createSecureContext() would only say that one of its many options is wrong.
  checked('INVALID_CRL', 'revocationLists cannot be read', { crl: lists });
  return { crl: lists };
}

function clientCertificate(settings: TLSSettings): SecureContextOptions {
  const { certificate, key, pfx, passphrase } = settings;
  if (pfx !== null) {
    const options = { pfx: Buffer.from(pfx), ...(passphrase === null ? {} : { passphrase }) };
    checked('INVALID_PFX', 'pfx cannot be read; is the passphrase right?', options);
    return options;
  }
  if (certificate === null || key === null) return {};
  const chain = certificates('certificate', 'INVALID_CERTIFICATE', certificate);
  const secret = privateKey(key, passphrase);
  if (!chain[0]?.checkPrivateKey(secret)) {
    const advice = "the client's own must come first, its issuers behind it";
    throw new ConnectionError(
      'INVALID_KEY',
      `key is not that of the first certificate in certificate: ${advice}`,
    );
  }
  const cert = chain.map(String).join('');
  const pem = secret.export({ type: 'pkcs8', format: 'pem' }).toString();
  // OpenSSL has rules of its own, such as for the size of a key.
  checked('INVALID_CERTIFICATE', 'certificate cannot be used', { cert, key: pem });
  return { cert, key: pem };
}

function checked(code: string, problem: string, options: SecureContextOptions): void {
  try {
    nodeTLS().createSecureContext({ ...options, ca: [] });
  } catch (error) {
    throw new ConnectionError(code, `${problem} (${reasonOf(error)})`);
  }
}
