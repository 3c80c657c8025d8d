import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runScript } from '../support/run-script.ts';
import { readPrograms } from './runs-on.mjs';
import { RUNTIMES } from './runtimes.mjs';

const MAIN = new URL('main.mjs', import.meta.url);
const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));
const KINDS = new Set(RUNTIMES.map(({ kind }) => kind));

/** A folder with one program, and what the others import. */
function folderWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tickhttp-runs-on-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'program.mjs'), text);
  writeFileSync(join(folder, 'loop.mjs'), 'export {};\n');
  return folder;
}

describe('npm run test:runtimes', () => {
  test('ends with status 1 for a runtime that there is not', async () => {
    const { code, stdout, stderr } = await runScript(MAIN, { args: ['Deno', 'Dino'] });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^nothing here is called "Dino"; there are Node 20\.19\.0 \| .* \| Deno 2\n$/);
  });

  test('knows where each of its programs runs', () => {
    const programs = readPrograms(PROGRAMS, KINDS);
    expect(programs.get('polling.mjs')).toEqual(['Node', 'Bun', 'Deno']);
    for (const kind of KINDS)
      expect(
        [...programs.values()].some((kinds) => kinds.includes(kind)),
        kind,
      ).toBe(true);
  });

  test('takes a line of one runtime, and ends of lines as on Windows', () => {
    expect([...readPrograms(folderWith('// Runs on: old Bun\r\n'), KINDS)]).toEqual([
      ['program.mjs', ['old Bun']],
    ]);
  });

  test.for([
    '// Runs on: Node, Bunn, Deno\n',
    '// Runs on: Node,Bun\n',
    '// Runs on: node\n',
    '// Runs on: \n',
    '// Run on: Node\n',
    'import assert from "node:assert";\n// Runs on: Node\n',
    '',
  ])('does not pass over a program that begins with %j', (text) => {
    const line = JSON.stringify(text.split('\n', 1)[0]);
    expect(() => readPrograms(folderWith(text), KINDS)).toThrow(
      `program.mjs must begin with "// Runs on: " and some of Node, Bun, old Bun, Deno, not with ${line}`,
    );
  });
});
