import { readFileSync } from 'node:fs';
import { ConnectionError } from '../../connection/connection-error.ts';
import { nodeTLS } from './node.ts';

/** Debian and Alpine; Fedora; SUSE; macOS and OpenBSD; FreeBSD. */
const FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];

let known: string[] | undefined;

/**
 * The certificates that the operating system trusts. Node asks it since 22.15 (for Windows and macOS too); an older one
 * knows no way, and here reads the file where systems keep them. A package that asks Windows and macOS would bring
 * compiled code for these alone.
 *
 * Those of NODE_EXTRA_CA_CERTS are beside them, as beside Node's own: Node has them in its own store only.
 */
export function systemRoots(): string[] {
  known ??= [...ofSystem(), ...(fromNode('extra') ?? fromFile(process.env.NODE_EXTRA_CA_CERTS) ?? [])];
  return known;
}

function ofSystem(): string[] {
  const found = fromNode('system') ?? fromFile(process.env.SSL_CERT_FILE) ?? fromFiles();
  if (found) return found;
  const way = 'use Node 22.15 or later, or name a file of PEM in SSL_CERT_FILE';
  throw new ConnectionError(
    'NO_SYSTEM_ROOTS',
    `the certificates that this system trusts are not to be found: ${way}`,
  );
}

function fromNode(kind: 'system' | 'extra'): string[] | undefined {
  const ask: unknown = Reflect.get(nodeTLS(), 'getCACertificates');
  const found: unknown = typeof ask === 'function' ? ask(kind) : [];
  return Array.isArray(found) && found.length > 0 ? found : undefined;
}

function fromFiles(): string[] | undefined {
  for (const file of FILES) {
    const found = fromFile(file);
    if (found) return found;
  }
  return undefined;
}

function fromFile(file: string | undefined): string[] | undefined {
  if (file === undefined) return undefined;
  try {
    const text = readFileSync(file, 'latin1');
    return text.includes('-----BEGIN CERTIFICATE-----') ? [text] : undefined;
  } catch {
    return undefined;
  }
}
