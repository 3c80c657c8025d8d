import { HTTPClient, Method, TLSOptions, WorkerPool } from 'tickhttp';
import { expect, test } from 'vitest';
import { connect } from '../../support/client.ts';
import { freshSeed, randomFrom } from '../../support/random.mjs';
import { test as withServers } from '../../support/servers.ts';

/** What no message may hold. */
const SECRET = 'S3CR3T';
const CONTROLS = ['\n', '\r\n', '\0', '\t\x7f', '\x1b'];

/** Text with the secret in it, and something around that makes it invalid here and there. */
function noise(random: (limit: number) => number): string {
  const around = () => ['', ' ', 'ä', '"', ...CONTROLS, '/', '?', '#', '%', 'a'][random(14)] ?? '';
  return `${around()}${SECRET}${around()}`;
}

/** Every message that `act` causes. */
function messageOf(act: () => void, http: HTTPClient): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return http.getLastError()?.message ?? '';
}

withServers(
  'no message about a bad request shows what a field, a user or a query holds',
  async ({ servers }) => {
    const seed = freshSeed();
    const random = randomFrom(seed);
    const server = await servers.http();
    const http = await connect(server);
    const name = () =>
      ['Authorization', 'Cookie', 'X Key', 'Content-Length', 'Transfer-Encoding', ''][random(6)];
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const control = CONTROLS[random(CONTROLS.length)] ?? '';
      const headers = [
        [`${name()}: Bearer ${noise(random)}${control}`],
        [`Bearer ${noise(random)}`],
        ['Host: a', `Host: ${noise(random)}`],
        [`Content-Length: ${noise(random)}`],
      ][random(4)];
      const url = [
        '/',
        `http://user:${noise(random)}@host/`,
        `user:${noise(random)}@host:80`,
        `/a b?key=${noise(random)}`,
        `index?${noise(random)}`,
        `/${noise(random)} /b`,
        `/a/${noise(random)}/${control} b`,
        noise(random),
        `${noise(random)}:80`,
        `http://${noise(random)}:b/`,
        `${noise(random)}://host/`,
      ][random(11)];
      const method = [Method.POST, Method.OPTIONS, Method.CONNECT][random(3)] ?? Method.POST;
      const body = method === Method.CONNECT ? '' : 'body';
      const message = messageOf(() => http.request(method, url ?? '/', headers ?? [], body), http);
      if (message !== '') refused += 1;
      expect(message, `TICKHTTP_SEED=${seed} ${JSON.stringify([url, headers])}`).not.toContain(SECRET);
      if (message === '') break;
    }
    expect(refused).toBeGreaterThan(0);
  },
);

test('nor one about a bad host, proxy or argument what stands before an @, or text in the wrong place', () => {
  const seed = freshSeed();
  const random = randomFrom(seed);
  const pool = new WorkerPool({ threads: 1 });
  const http = new HTTPClient({ pool });
  // Values that are no text throw, in JavaScript: their types are the point.
  const set = (method: string, ...args: unknown[]): void =>
    void Reflect.apply(Reflect.get(http, method), http, args);
  const client = (options: object): void =>
    void Reflect.apply(TLSOptions.client, TLSOptions, [null, '', options]);
  const acts: (() => void)[] = [
    () => set('connectToHost', `user:${noise(random)}@host`, 80),
    () => set('connectToHost', `https://user:x${noise(random)}@host:80/`, 80),
    () => set('connectToHost', `host/${noise(random)}`, 80),
    () => set('setHttpProxy', `user:${noise(random)}@host:80`, 80),
    () => set('setHttpsProxy', `http://user:${noise(random)}@`, 80),
    () => set('request', 0, '/', `Authorization: ${noise(random)}`),
    () => set('requestRaw', 2, '/', [], noise(random)),
    // What is meant for another parameter, or for another function.
    () => set('request', noise(random), '/', []),
    () => set('request', 2, '/', [], [noise(random)]),
    () => set('connectToHost', 'host', noise(random)),
    () => set('connectToHost', 'host', 443, noise(random)),
    () => set('setTimeouts', noise(random)),
    () => set('queryStringFromDict', noise(random)),
    () => void Reflect.set(http, 'blockingModeEnabled', noise(random)),
    () => void Reflect.set(http, 'connection', noise(random)),
    () => void Reflect.construct(HTTPClient, [noise(random)]),
    ...[
      'pool',
      'proxyCredentials',
      'proxyTLS',
      'limits',
      'timeouts',
      'bufferSize',
      'decompress',
      'localAddress',
    ].map((option) => () => void Reflect.construct(HTTPClient, [{ [option]: noise(random) }])),
    ...['credentials', 'cache', 'mode', 'priority', 'targetAddressSpace'].map(
      (option) => () => void Reflect.construct(HTTPClient, [{ fetch: { [option]: noise(random) } }]),
    ),
    () => void Reflect.apply(TLSOptions.client, TLSOptions, [null, '', noise(random)]),
    () => void Reflect.apply(TLSOptions.clientUnsafe, TLSOptions, [null, noise(random)]),
    () => void TLSOptions.client(null, `-----BEGIN PRIVATE KEY-----\n${noise(random)}`),
    () => client({ serverName: `a ${noise(random)}` }),
    () => client({ key: 'k', certificate: 'c', pfx: noise(random) }),
    () => client({ pfx: noise(random), passphrase: noise(random) }),
    () => void new HTTPClient({ pool, proxyCredentials: { username: `a\n${noise(random)}`, password: '' } }),
  ];
  for (let round = 0; round < 300; round++) {
    for (const [index, act] of acts.entries()) {
      const message = messageOf(act, http);
      expect(message, `TICKHTTP_SEED=${seed} act ${index}`).not.toContain(SECRET);
      http.close();
    }
  }
});
