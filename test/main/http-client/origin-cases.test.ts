import { afterAll, describe } from 'vitest';
import { originCases } from '../../cases/origin-cases.ts';
import { patternView } from '../../support/pattern.mjs';
import { type Script, startServers } from '../../support/servers.ts';

const servers = await startServers();
afterAll(() => servers.close());

const answer = (...fields: string[]): Script => [
  { expectHead: true },
  { send: ['HTTP/1.1 200 OK', 'Content-Length: 100', ...fields, '', ''].join('\r\n') },
  { send: patternView(0, 100) },
];

const twoRequests = [...answer(), ...answer('Connection: close'), { end: true }] as const;
const impatient = [...answer(), { end: true }] as const;

describe('with servers of the fixture', async () => {
  const plain = {
    routes: await servers.http(),
    twoRequests: await servers.raw(twoRequests),
    impatient: await servers.raw(impatient),
  };
  describe('without TLS', () => originCases(() => plain));

  const tls = {
    routes: await servers.https(),
    twoRequests: await servers.raw(twoRequests, { tls: true }),
    impatient: await servers.raw(impatient, { tls: true }),
    ca: (await servers.authority()).cert,
  };
  describe('over TLS', () => originCases(() => tls));
});
