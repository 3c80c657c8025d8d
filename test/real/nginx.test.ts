import { ErrorCode, Method, Status } from 'tickhttp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { originCases } from '../cases/origin-cases.ts';
import { tlsCases } from '../cases/tls-cases.ts';
import { type Authority, makeAuthority } from '../support/certificates.mjs';
import { connect, exchange, get, settled } from '../support/client.ts';
import { checkPattern, fillPattern } from '../support/pattern.mjs';
import { showLogs } from './support/logs.ts';
import { startNginx } from './support/nginx.ts';

let authority: Authority;
let clients: Authority;
let nginx: Awaited<ReturnType<typeof startNginx>>;
beforeAll(async () => {
  authority = await makeAuthority();
  clients = await makeAuthority({ commonName: 'authority of the clients' });
  nginx = await startNginx({ identity: await authority.issue(), clients });
});
afterAll(() => nginx?.program.end());
showLogs(() => [nginx.program]);

describe('nginx', () => {
  describe('without TLS', () =>
    originCases(() => ({
      routes: nginx.address('plain'),
      twoRequests: nginx.address('plainTwoRequests'),
      impatient: nginx.address('plainImpatient'),
    })));

  describe('over TLS', () =>
    originCases(() => ({
      routes: nginx.address('tls'),
      twoRequests: nginx.address('tlsTwoRequests'),
      impatient: nginx.address('tlsImpatient'),
      ca: authority.cert,
    })));

  tlsCases(() => ({
    'TLS 1.2 and 1.3': nginx.address('tls'),
    'TLS 1.2 only': nginx.address('tls12'),
    'TLS 1.3 only': nginx.address('tls13'),
    clientCertificate: nginx.address('clientCertificate'),
    clients,
    // To nginx such a client is one that has made a bad request.
    refusal: 400,
    ca: authority.cert,
  }));

  test('keeps what is sent to it', async () => {
    const http = await connect(nginx.address('plain'));
    const sent = fillPattern(new Uint8Array(20_000_000));
    expect(await exchange(http, Method.PUT, '/uploads/save', [], sent)).toMatchObject({ code: 201 });
    const { code, body } = await get(http, '/uploads/save');
    expect([code, body.length]).toEqual([200, sent.length]);
    checkPattern(body);
    expect(await exchange(http, Method.DELETE, '/uploads/save')).toMatchObject({ code: 204 });
    expect(await get(http, '/uploads/save')).toMatchObject({ code: 404, status: Status.CONNECTED });
    http.close();
  });

  test('answers 413 before it has read what is too large, and that answer is seen', async () => {
    const { host, port } = nginx.address('plain');
    const http = await connect({ host, port });
    const answer = await exchange(http, Method.PUT, '/small/save', [], new Uint8Array(20_000_000));
    expect(answer).toMatchObject({ code: 413, status: Status.DISCONNECTED });
    expect(http.connectToHost(host, port)).toBe(ErrorCode.OK);
    expect(await settled(http)).toBe(Status.CONNECTED);
    http.close();
  });
});
