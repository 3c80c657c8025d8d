import { afterAll, describe } from 'vitest';
import { tlsCases } from '../../../cases/tls-cases.ts';
import { makeAuthority } from '../../../support/certificates.mjs';
import { startServers } from '../../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const clients = await makeAuthority({ commonName: 'authority of the clients' });
const origins = {
  'TLS 1.2 and 1.3': await servers.https(),
  'TLS 1.2 only': await servers.https({ tls: { maxVersion: 'TLSv1.2' } }),
  'TLS 1.3 only': await servers.https({ tls: { minVersion: 'TLSv1.3' } }),
  clientCertificate: await servers.https({ tls: { ca: clients.cert, requestCert: true } }),
  clients,
  refusal: 0,
  ca: (await servers.authority()).cert,
};

describe('with servers of the fixture', () => tlsCases(() => origins));
