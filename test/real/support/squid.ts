import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProxyNeeds } from '../../cases/proxy-cases.ts';
import type { KeyAndCertificate } from '../../support/certificates.mjs';
import { Program } from './program.ts';

/** Debian's place for it. */
const AUTHENTICATOR = '/usr/lib/squid/basic_ncsa_auth';

/** `identity` is its own, if it is to be reached over TLS. */
export function startSquid(needs: ProxyNeeds, identity: KeyAndCertificate): Promise<Program> {
  return Program.start({
    name: 'squid',
    ports: 1,
    prepare(folder, [port = 0]) {
      const file = join(folder, 'squid.conf');
      writeFileSync(file, configuration(needs, port, folder));
      writeFileSync(join(folder, 'identity.pem'), identity.cert + identity.key);
      if (needs.credentials) {
        const { username, password } = needs.credentials;
        writeFileSync(join(folder, 'users'), `${username}:${md5(password)}\n`);
      }
      // The name is also that of its shared memory, which all on this machine would have in common.
      return ['-N', '-n', `tickhttp${port}`, '-f', file];
    },
  });
}

/** A relay: it stores nothing, asks no name server, and reads the machine's configuration nowhere. */
function configuration(needs: ProxyNeeds, port: number, folder: string): string {
  const { credentials, allowedPorts, tls = false } = needs;
  return `
${tls ? `https_port 127.0.0.1:${port} tls-cert=${folder}/identity.pem` : `http_port 127.0.0.1:${port}`}
visible_hostname squid.test
pid_filename none
coredump_dir ${folder}
cache_log ${folder}/cache.log
access_log stdio:${folder}/access.log
cache deny all
dns_nameservers 127.0.0.1
pinger_enable off
shutdown_lifetime 0 seconds
# The tables are as large as this, and a container may allow a billion.
max_filedescriptors 1024

acl tunnel method CONNECT
acl allowed port ${allowedPorts.join(' ')}
http_access deny tunnel !allowed
${credentials ? authenticated(folder) : 'http_access allow all'}
http_access deny all
`;
}

function authenticated(folder: string): string {
  return `
auth_param basic program ${AUTHENTICATOR} ${folder}/users
auth_param basic children 1
acl known proxy_auth REQUIRED
http_access allow known
`;
}

/** One of the forms that the authenticator reads. */
function md5(password: string): string {
  return createHash('md5').update(password).digest('hex');
}
