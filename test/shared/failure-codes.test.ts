import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Result, Status } from '../../src/shared/enums.ts';
import { ErrorCode } from '../../src/shared/error-code.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = read('docs/errors.md');
const TYPES = 'src/shared/failure.ts';

/** Upper-case texts of the sources that are no codes of failures. */
const OTHER_TEXTS = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NTLM', 'CERTIFICATE', 'X25519'],
  // A result, and codes of Node's that a source looks for.
  ...['CONNECTION_ERROR', 'MODULE_NOT_FOUND', 'UNSPECIFIED'],
];

/** Codes of the system, of Node and of zlib. */
const NODES = /^(?:E[A-Z]+|ERR_\w+|Z_\w+)$/;

/** Variables of the environment. */
const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'SSL_CERT_FILE'];

const type = union('FailureCode');
const ownTables = section('Codes of tickhttp');
const nodesTables = section('Codes of Node');
const own = codesIn(ownTables);
const nodes = codesIn(nodesTables);

test('every code of the type is on the page, and every code of the page in the type', () => {
  expect(type.length).toBeGreaterThan(60);
  expect(type).toEqual([...new Set(type)]);
  expect(own).toEqual([...type].sort());
});

test('every code of the type is in a source, and every code of the sources in the type', () => {
  const used = new Set(sources().flatMap(textsOf));
  expect(type.filter((code) => !used.has(code))).toEqual([]);
  const known = (text: string) => [...type, ...OTHER_TEXTS].includes(text) || NODES.test(text);
  expect([...used].filter((text) => !known(text))).toEqual([]);
  expect(OTHER_TEXTS.filter((text) => !used.has(text))).toEqual([]);
});

test("no code is in both parts of the page, and those of Node's part are not in the type", () => {
  expect(nodes.length).toBeGreaterThan(30);
  expect(nodes.filter((code) => type.includes(code))).toEqual([]);
});

test('the page has a section for each phase', () => {
  const headings = Array.from(ownTables.matchAll(/^### (.*)$/gm), ([, heading = '']) =>
    heading.split(' and '),
  );
  expect(headings.flat().sort()).toEqual([...union('FailurePhase'), 'any phase'].sort());
});

test('the page names only statuses, results, errors and codes that there are', () => {
  const names = [...Object.keys(Status), ...Object.keys(Result), ...Object.keys(ErrorCode)];
  const known = [...names, ...type, ...nodes, ...VARIABLES];
  const words = PAGE.match(/(?<![\w/])[A-Z][A-Z\d]*(?:_[A-Z\d]+)+(?!\w)/g) ?? [];
  expect(words.filter((word) => !known.includes(word) && !NODES.test(word))).toEqual([]);
});

test('documents and comments name only codes that there are', () => {
  const documents = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const texts = [...documents.map((name) => `docs/${name}`), 'README.md', ...sources()].map(read);
  const named = texts.flatMap((text) =>
    Array.from(text.matchAll(/\bcodes?\s+(?:\*\s+)?`([A-Z_]+)`/g), ([, code = '']) => code),
  );
  expect(named.length).toBeGreaterThan(20);
  const known = [...type, ...nodes];
  expect(named.filter((code) => !known.includes(code) && !NODES.test(code))).toEqual([]);
});

/** The members of a union of strings. */
function union(name: string): string[] {
  const [, members = ''] = new RegExp(`export type ${name} =([^;]*);`).exec(read(TYPES)) ?? [];
  return Array.from(members.matchAll(/\| '(\w+)'/g), ([, member = '']) => member);
}

function section(heading: string): string {
  return PAGE.split(/^(?=## )/m).find((text) => text.startsWith(`## ${heading}\n`)) ?? '';
}

/** What stands in the first column, each once. */
function codesIn(tables: string): string[] {
  const cells = Array.from(tables.matchAll(/^\|([^|]*)\|/gm), ([, cell = '']) => cell);
  const codes = cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = '']) => code));
  return [...new Set(codes)].sort();
}

function sources(): string[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
}

/** Upper-case texts of a source, without those of its comments and its types. */
function textsOf(source: string): string[] {
  const code = read(source).replace(/\/\*.*?\*\/|(?<=^|\s)\/\/.*?$|^\s*\| '.*?$/gms, '');
  return Array.from(code.matchAll(/'([A-Z][A-Z\d_]{2,})'/g), ([, text = '']) => text);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
