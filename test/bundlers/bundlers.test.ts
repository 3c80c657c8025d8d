import { describe, expect, test } from 'vitest';
import { runScript } from '../support/run-script.ts';
import { readResults } from './results.mjs';

const MAIN = new URL('main.mjs', import.meta.url);
const RESULTS = { blocking: { result: 200, ms: 1 } };

describe('npm run test:bundlers', () => {
  test('ends with status 1 for a tool that there is not', async () => {
    const { code, stdout, stderr } = await runScript(MAIN, { args: ['ci', 'esbiuld'], deadline: 25_000 });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^nothing here is called "esbiuld"; there are ci \| esbuild, ES module \| .*\n$/);
  });

  test('finds the results among what else is printed', () => {
    expect(readResults(`started\n${JSON.stringify(RESULTS)}\nended\n`)).toEqual(RESULTS);
  });

  test('shows what a program has printed that prints no results', () => {
    expect(() => readResults('started\nthe worker is missing\n')).toThrow(
      'it ended well, but printed no results:\nstarted\nthe worker is missing\n',
    );
  });
});
