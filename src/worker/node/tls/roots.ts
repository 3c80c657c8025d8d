import { readFileSync } from 'node:fs';
import { ConnectionError } from '../../connection/connection-error.ts';
import { nodeTLS } from './node.ts';

/** In this order: Debian and Alpine; Fedora; SUSE; macOS and OpenBSD; FreeBSD. */
const FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
];

let known: string[] | undefined;

/**
 * The certificates that the operating system trusts. Node can ask for them since 22.15, on Windows and macOS too. For
 * an older Node, the file is read where systems keep them. A package that asks Windows and macOS would bring compiled
 * code for these two alone.
 *
 * The certificates of NODE_EXTRA_CA_CERTS are added, as Node adds them to its own roots: it does not add them to the
 * system's.
 */
export function systemRoots(): string[] {
  known ??= [...ofSystem(), ...(fromNode('extra') ?? fromFile(process.env.NODE_EXTRA_CA_CERTS) ?? [])];
  return known;
}

function ofSystem(): string[] {
  const found = fromNode('system') ?? fromFile(process.env.SSL_CERT_FILE) ?? fromFiles();
  if (found) return found;
  const advice = 'use Node 22.15 or later, or set SSL_CERT_FILE to the path of a PEM file';
  throw new ConnectionError(
    'NO_SYSTEM_ROOTS',
    `tickhttp can't find the certificates that this system trusts: ${advice}`,
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
