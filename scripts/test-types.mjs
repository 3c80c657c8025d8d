/**
 * Type-checks programs that use the packed package, its declarations too, with the versions of TypeScript that it is
 * for, in each way of finding modules, with and without Node's types. Says a line for each version. With `--few` it
 * takes the oldest and the newest.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, install, PATIENCE, pack, run, temporaryFolder } from './packed.mjs';

const ALL = ['5.4', '5.5', '5.6', '5.7', '5.8', '5.9', '6.0', '7.0'];
const FEW = ['5.4', '7.0'];

/** The expected errors show that the types are not all `any`. */
const PROGRAM = `
import { ErrorCode, HTTPClient, type HTTPClientOptions, Method, Status, StreamPeer } from 'tickhttp';
import { errorName, type Failure, type FailureCode, TLSOptions, type Timeouts, WorkerPool } from 'tickhttp';
import * as inline from 'tickhttp/inline';
import 'tickhttp/worker';

export const pool = new WorkerPool({ threads: 1 });
export const tls: TLSOptions = TLSOptions.client(new Uint8Array(1), '', { pins: [] });

export async function main(): Promise<Uint8Array> {
  const timeouts: Partial<Timeouts> = { connect: 1 };
  const options: HTTPClientOptions = { pool: new inline.WorkerPool(), timeouts, bufferSize: 65_536 };
  await using other = new WorkerPool();
  using http = new HTTPClient(options);
  const error: ErrorCode = http.connectToHost('https://localhost', -1, tls);
  if (error === ErrorCode.OK && http.getStatus() === Status.CONNECTED) http.request(Method.GET, '/', []);
  http.requestRaw(HTTPClient.METHOD_PUT, '/', ['Accept: */*'] as const, new Uint8Array(1));
  const failure: Failure | null = http.getLastError();
  const late: FailureCode = 'CONNECT_TIMEOUT';
  const again: boolean = failure?.code === late || failure?.code === 'ECONNREFUSED';
  const text: string | undefined = again ? failure?.code : late;
  // @ts-expect-error
  const misspelt: FailureCode = 'CONNECT_TIMEOUTS';
  const name: string = errorName(error) + failure?.proxyResponse?.statusLine;
  const peer: StreamPeer | null = http.connection;
  const [code, data] = peer?.getData(1) ?? [ErrorCode.FAILED, new Uint8Array(0)];
  const threads: number | undefined = (await other.stats()).threads[0]?.threadId;
  // @ts-expect-error
  http.request('GET', '/', []);
  // @ts-expect-error
  http.connectToHost('localhost', 80, {});
  // @ts-expect-error
  new StreamPeer();
  // @ts-expect-error
  const no: string = http.readResponseBodyChunk();
  const lengths: number = name.length + misspelt.length + (text?.length ?? 0) + code + data.length + (threads ?? 0) + no.length;
  return lengths > 0 ? http.readResponseBodyChunk() : http.borrowResponseBodyChunk();
}
`;

/** For a compiler that was told nothing. Up to 5.9 its target is ES5. */
const PLAIN = `
import { HTTPClient, Method, Status, WorkerPool } from 'tickhttp';

const http = new HTTPClient({ pool: new WorkerPool({ threads: 1 }) });
if (http.getStatus() === Status.CONNECTED) http.request(Method.GET, '/', []);
export const chunk: Uint8Array = http.readResponseBodyChunk();
`;

/** The objects of either format are those of the other. */
const CROSS = `
import { HTTPClient } from 'tickhttp';
import { pool, tls } from './program.cjs';
import * as own from './program.mjs';

export const clients = [new HTTPClient({ pool, proxyTLS: tls }), new HTTPClient({ pool: own.pool })];
`;

/** What the one entry makes, the other takes. node10 knows no entries. */
const INLINE = `
import { TLSOptions, WorkerPool } from 'tickhttp';
import { HTTPClient, Status, type HTTPClientOptions } from 'tickhttp/inline';

const options: HTTPClientOptions = { pool: new WorkerPool(), proxyTLS: TLSOptions.client() };
export const connected: boolean = new HTTPClient(options).getStatus() === Status.CONNECTED;
// @ts-expect-error
new HTTPClient({ pool: {} });
`;

/** What is read has memory of its own, which these want from TypeScript 5.7 on. */
const BYTES = `
export const memory: ArrayBuffer = new DataView(read().buffer).buffer;
export const blob = new Blob([read(), peer.getData(1)[1], peer.getPartialData(1)[1]]);
export const response = new Response(read());
export const digest: Promise<ArrayBuffer> = crypto.subtle.digest('SHA-256', read());
`;

const READ = `
const http = new HTTPClient();
const read = () => http.readResponseBodyChunk();
`;

const DOM = `
import { HTTPClient, type StreamPeer } from 'tickhttp';
${READ}
declare const peer: StreamPeer;
${BYTES}
`;

const NODE = `
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { HTTPClient, StreamPeer } from 'tickhttp';
${READ}
const peer = StreamPeer.fromDuplex(new Socket());
for (const stream of [new Duplex(), new PassThrough(), new TLSSocket(new Socket())]) StreamPeer.fromDuplex(stream);
createHash('sha256').update(read());
writeFileSync('file', read());
http.requestRaw(2, '/', [], Buffer.from(read()));
${BYTES}
`;

const BOTH_FORMATS = ['program.mts', 'program.cts', 'cross.mts', 'inline.mts', 'inline.cts'];

/** Ways to find modules, and the programs that are in a project of that way. */
const WAYS = {
  node10: { module: 'CommonJS', files: ['program.ts'] },
  node16: { module: 'Node16', files: BOTH_FORMATS },
  nodenext: { module: 'NodeNext', files: BOTH_FORMATS },
  bundler: { module: 'ESNext', files: ['program.ts', 'inline.ts'] },
};

/** What a project knows of the platform: its `lib` and `types`, and the program that uses it. */
const PLATFORMS = {
  none: { lib: ['ES2022'], types: [], files: [] },
  node: { lib: ['ES2022'], types: ['node'], files: ['node.ts'] },
  dom: { lib: ['ES2022', 'DOM'], types: [], files: ['dom.ts'] },
};

const versions = process.argv.includes('--few') ? FEW : ALL;
const temporary = temporaryFolder();
const project = join(temporary, 'project');

try {
  const tarball = await pack(temporary);
  const compilers = versions.map((version) => `typescript-${version}@npm:typescript@~${version}.0`);
  await check('installs', () => install(project, [tarball, '@types/node@20', ...compilers]));
  const programs = { 'program.ts': PROGRAM, 'program.mts': PROGRAM, 'program.cts': PROGRAM };
  const inline = { 'inline.ts': INLINE, 'inline.mts': INLINE, 'inline.cts': INLINE };
  const files = {
    ...programs,
    ...inline,
    'plain.ts': PLAIN,
    'cross.mts': CROSS,
    'dom.ts': DOM,
    'node.ts': NODE,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  for (const version of versions) await check(`TypeScript ${version}`, () => checkVersion(version));
} catch {
  // `check` has said why.
  process.exitCode = 1;
}

/**
 * One after the other in two rows: a compiler takes a core.
 *
 * @param {string} version
 */
async function checkVersion(version) {
  const compiler = join(project, 'node_modules', `typescript-${version}`, 'bin', 'tsc');
  const waiting = cases(version);
  const row = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop())
      await run(process.execPath, [compiler, '-p', next], project, PATIENCE.tool);
  };
  await Promise.all([row(), row()]);
}

/** @param {string} version */
function cases(version) {
  const major = Number.parseInt(version, 10);
  const defaults = writeConfig(`${version}-defaults`, {}, ['plain.ts']);
  const chosen = Object.entries(WAYS).flatMap(([way, { module, files }]) => {
    if (way === 'node10' && major >= 7) return [];
    const moduleResolution = way;
    const deprecated = way === 'node10' && major === 6 ? { ignoreDeprecations: '6.0' } : {};
    return Object.entries(PLATFORMS)
      .filter(([platform]) => platform !== 'dom' || way === 'bundler')
      .map(([platform, { lib, types, files: more }]) => {
        const options = { target: 'ES2022', module, moduleResolution, lib, types, ...deprecated };
        return writeConfig(`${version}-${way}-${platform}`, options, [...files, ...more]);
      });
  });
  return [defaults, ...chosen];
}

/**
 * @param {string} name
 * @param {object} options
 * @param {readonly string[]} files
 */
function writeConfig(name, options, files) {
  const file = join(project, `tsconfig-${name}.json`);
  const always = { strict: true, skipLibCheck: false, noEmit: true };
  writeFileSync(file, JSON.stringify({ compilerOptions: { ...always, ...options }, files }));
  return file;
}
