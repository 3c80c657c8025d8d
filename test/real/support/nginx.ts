import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SIZES } from '../../cases/origin-cases.ts';
import type { Authority, KeyAndCertificate } from '../../support/certificates.mjs';
import { fillPattern } from '../../support/pattern.mjs';
import { Program } from './program.ts';

/** Servers of one nginx, each with a port of its own: the directives that make it different. */
const SERVERS = {
  plain: '',
  plainTwoRequests: 'keepalive_requests 2;',
  plainImpatient: 'keepalive_timeout 100ms;',
  tls: 'ssl_protocols TLSv1.2 TLSv1.3;',
  tlsTwoRequests: 'ssl_protocols TLSv1.2 TLSv1.3; keepalive_requests 2;',
  tlsImpatient: 'ssl_protocols TLSv1.2 TLSv1.3; keepalive_timeout 100ms;',
  tls12: 'ssl_protocols TLSv1.2;',
  tls13: 'ssl_protocols TLSv1.3;',
  clientCertificate:
    'ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client on; ssl_client_certificate clients.pem;',
} as const;

export type NginxServer = keyof typeof SERVERS;

const NAMES = Object.keys(SERVERS) as NginxServer[];

export interface NginxOptions {
  readonly identity: KeyAndCertificate;
  /** Whom a client's certificate must come from. */
  readonly clients: Authority;
}

export async function startNginx({ identity, clients }: NginxOptions) {
  const program = await Program.start({
    name: 'nginx',
    ports: NAMES.length,
    prepare(folder, ports) {
      for (const kind of ['bytes', 'gzip', 'uploads'])
        mkdirSync(join(folder, 'files', kind), { recursive: true });
      for (const size of SIZES) {
        const bytes = fillPattern(Buffer.alloc(size));
        writeFileSync(join(folder, 'files', 'bytes', `${size}`), bytes);
        writeFileSync(join(folder, 'files', 'gzip', `${size}.gz`), gzipSync(bytes));
      }
      writeFileSync(join(folder, 'certificate.pem'), identity.cert);
      writeFileSync(join(folder, 'key.pem'), identity.key, { mode: 0o600 });
      writeFileSync(join(folder, 'clients.pem'), clients.cert);
      writeFileSync(join(folder, 'nginx.conf'), configuration(ports));
      return ['-e', 'error.log', '-p', folder, '-c', 'nginx.conf'];
    },
  });
  const port = (name: NginxServer): number => program.ports[NAMES.indexOf(name)] ?? 0;
  return { program, address: (name: NginxServer) => ({ host: '127.0.0.1', port: port(name) }) };
}

/**
 * The paths are those of the fixture's `routes.mjs`. One process that has the rights of its starter: with a master its
 * worker would be another user. Server-side includes make a body whose length is not known when its head is sent.
 */
function configuration(ports: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 256; }
http {
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
  access_log access.log;
  default_type application/octet-stream;
  client_max_body_size 64m;
  ssl_certificate certificate.pem;
  ssl_certificate_key key.pem;
  ssi_types *;
  gzip_types *;
  gzip_proxied any;
  ${NAMES.map((name, at) => server(SERVERS[name], ports[at] ?? 0)).join('')}
}
`;
}

function server(directives: string, port: number): string {
  return `
  server {
    listen 127.0.0.1:${port}${directives.includes('ssl_') ? ' ssl http2' : ''};
    ${directives}
    root files;
    location /bytes/ {}
    location /chunked/ { alias files/bytes/; ssi on; }
    location /close/ { alias files/bytes/; ssi on; chunked_transfer_encoding off; }
    location /gzip/ { gzip_static always; }
    location /zipped/ { alias files/bytes/; gzip on; }
    location /uploads/ { dav_methods PUT DELETE; }
    location /small/ { client_max_body_size 1k; dav_methods PUT; }
    location = /inspect { return 200 '{"protocol":"$ssl_protocol"}'; }
    location = /status/204 { return 204; }
    location = /status/304 { return 304; }
  }
`;
}
