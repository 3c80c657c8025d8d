import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Status } from 'tickhttp';
import { describe, expect } from 'vitest';
import { GET, getInProgram, MODES } from '../support/get.ts';
import { runScript } from '../support/run-script.ts';
import { test as base } from '../support/servers.ts';

const PRELOAD = fileURLToPath(new URL('scripts/preload.cjs', import.meta.url));

const test = base.extend<{ folder: string }>({
  folder: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'with a space '));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
});

const WELL = { status: Status.CONNECTED, failure: null, code: 200 };

describe('what a program is started with is not run again in its worker threads', () => {
  describe.each(MODES)('%s', (mode) => {
    test.for([
      ['-r', ['-r', PRELOAD], ''],
      ['--require=', [`--require=${PRELOAD}`], ''],
      ['--import', ['--import', PRELOAD], ''],
      ['--inspect', ['--inspect=127.0.0.1:0'], ''],
      ['NODE_OPTIONS', [], '--require "PRELOAD" --import="PRELOAD"'],
    ] as const)('%s', async ([_name, nodeArgs, nodeOptions], { servers, folder }) => {
      const server = await servers.http();
      const copy = join(folder, 'preload.cjs');
      copyFileSync(PRELOAD, copy);
      const env = {
        PRELOAD_SOCKET: await servers.freePath(),
        NODE_OPTIONS: nodeOptions.replaceAll('PRELOAD', copy),
      };
      expect(await getInProgram(server.port, mode, { nodeArgs, env })).toMatchObject(WELL);
    });

    test('--input-type', async ({ servers }) => {
      const server = await servers.http();
      const nodeArgs = ['--input-type=module', '--eval', `await import(${JSON.stringify(GET.href)})`];
      expect(await getInProgram(server.port, mode, { script: '', nodeArgs })).toMatchObject(WELL);
    });

    test('a preload that itself makes a request makes one, with one pool', async ({ servers }) => {
      const server = await servers.http();
      const nodeArgs = ['--import', GET.href, '--eval', '0'];
      const got = await getInProgram(server.port, mode, { script: '', nodeArgs });
      expect(got).toMatchObject(WELL);
      expect(server.counts.connections).toBe(1);
    });
  });
});

describe('what decides about TLS and DNS still reaches them', () => {
  test.for([
    ['on the command line', (log: string) => ({ nodeArgs: ['--tls-keylog', log] })],
    ['in NODE_OPTIONS', (log: string) => ({ env: { NODE_OPTIONS: `--tls-keylog="${log}"` } })],
  ] as const)('a flag of TLS %s', async ([_where, options], { servers, folder }) => {
    const server = await servers.https();
    const log = join(folder, 'keys.log');
    const { failure } = await getInProgram(server.port, 'blocking', { ...options(log), tls: true });
    // Nobody has told it of the authority; the keys are there all the same.
    expect(failure?.phase).toBe('tls');
    expect(readFileSync(log, 'utf8')).toContain('SERVER_HANDSHAKE_TRAFFIC_SECRET');
  });

  test.for([
    ['NODE_EXTRA_CA_CERTS', [], 'NODE_EXTRA_CA_CERTS'],
    ['--use-openssl-ca', ['--use-openssl-ca'], 'SSL_CERT_FILE'],
  ] as const)('trust: %s', async ([_name, nodeArgs, variable], { servers, folder }) => {
    const server = await servers.https();
    const file = join(folder, 'roots.pem');
    writeFileSync(file, (await servers.authority()).cert);
    const env = { [variable]: file };
    expect(await getInProgram(server.port, 'blocking', { nodeArgs, env, tls: true })).toMatchObject(WELL);
  });

  test('defaults of TLS, of DNS and of connecting', async () => {
    const tell = `data:text/javascript,import dns from 'node:dns'; import net from 'node:net';
      import tls from 'node:tls'; import { writeSync } from 'node:fs';
      writeSync(1, JSON.stringify([dns.getDefaultResultOrder(), tls.DEFAULT_MAX_VERSION,
        net.getDefaultAutoSelectFamily(), net.getDefaultAutoSelectFamilyAttemptTimeout()]));
      process.exit();`;
    const run = async (flags: string[]) => {
      const script = `import('tickhttp').then(({ WorkerPool }) => new WorkerPool({ threads: 1 }).stats())`;
      const { stdout } = await runScript('', { nodeArgs: [...flags, '--eval', script], workerPreload: tell });
      const answers: unknown[] = JSON.parse(stdout.slice(0, stdout.indexOf(']') + 1));
      return answers;
    };
    const wanted = ['ipv4first', 'TLSv1.2', false, 4321];
    for (const [at, standard] of (await run([])).entries()) expect(standard).not.toBe(wanted[at]);
    const flags = ['--dns-result-order', 'ipv4first', '--tls-max-v1.2', '--no-network-family-autoselection'];
    const attempt = '--network-family-autoselection-attempt-timeout=4321';
    expect(await run([...flags, attempt])).toEqual(wanted);
  });
});
