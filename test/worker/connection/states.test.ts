import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Status } from '../../../src/shared/enums.ts';
import { FAILURES, STATES, STEPS, type Transition } from '../../../src/worker/connection/states.ts';

const INTERNALS = fileURLToPath(new URL('../../../docs/internals.md', import.meta.url));

const NAMES = new Map(Object.entries(Status).map(([name, status]) => [status, name]));

const edges = Object.entries(STATES).flatMap(([from, row]) =>
  Object.entries(row).map(([event, [next, action]]) => ({ from, event, next, action })),
);
const states = Object.keys(STATES);

/** All that can be reached from `start`, over the events that `follow` allows. */
function reach(start: string, follow: (event: string) => boolean = () => true): Set<string> {
  const reached = new Set([start]);
  // A set that grows while one walks it is walked to its end.
  for (const state of reached) {
    for (const { from, event, next } of edges) if (from === state && follow(event)) reached.add(next);
  }
  return reached;
}

describe('a connection', () => {
  test('can come into each of its states', () => {
    expect([...reach('new')].sort()).toEqual([...states].sort());
  });

  test('ends, and nothing happens to it afterwards', () => {
    expect(STATES.over).toEqual({});
    for (const state of states) expect(reach(state), state).toContain('over');
  });

  const ends = ['tellOver', 'fail', 'beSilent'];
  test.each(edges)(
    'from $from, by $event: is told of its end exactly when it is over',
    ({ next, action }) => {
      expect(ends.includes(action)).toBe(next === 'over');
    },
  );

  const living = states.filter((state) => state !== 'over');
  test.each(living)('can be left in state %s without a word, and lost', (state) => {
    const leaving = edges.filter(
      ({ from, event }) => from === state && (event === 'callerLeft' || event === 'failed'),
    );
    expect(leaving.map(({ next }) => next)).toEqual(['over', 'over']);
    expect(leaving.find(({ event }) => event === 'callerLeft')?.action).toBe('beSilent');
  });

  test('that loses what it does not need any more has not failed', () => {
    const losing = edges.filter(({ event, action }) => event === 'failed' && action !== 'fail');
    expect(losing.map(({ from }) => from)).toEqual(['finishing']);
  });

  test('asks only when nothing is under way, and each request ends before the next', () => {
    expect(edges.filter(({ action }) => action === 'ask').map(({ from }) => from)).toEqual(['idle']);
    // Back to idle leads only what tells that the answer is complete.
    const back = edges.filter(({ from, next }) => next === 'idle' && reach('request').has(from));
    expect(new Set(back.map(({ action }) => action))).toEqual(new Set(['tellComplete']));
    expect(back).toHaveLength(2);
  });

  test('that has become a stream is no HTTP any more', () => {
    expect([...reach('stream')].sort()).toEqual(['over', 'sending', 'stream']);
  });

  test('that is adopted is not dialled', () => {
    const dialling = new Set(Object.keys(STEPS));
    expect([...reach('idle')].filter((state) => dialling.has(state))).toEqual([]);
  });
});

test('docs/internals.md has the table of states as it is (`-u` redraws it)', async () => {
  const text = readFileSync(INTERNALS, 'utf8');
  const drawn = /(<!-- states -->\n).*?(<!-- \/states -->)/s;
  expect(text).toMatch(drawn);
  await expect(text.replace(drawn, `$1${draw()}$2`)).toMatchFileSnapshot(INTERNALS);
});

/** A row for each state; those that follow the same events share one. */
function draw(): string {
  const lines = Array.from(new Set(Object.values(STATES)), (row) => {
    const alike = Object.entries(STATES).flatMap(([state, other]) => (other === row ? state : []));
    const failures = Object.entries(FAILURES).filter(([state]) => alike.includes(state));
    const about =
      row.failed?.[1] === 'fail'
        ? failures.map(([, [phase, status]]) => `\`${phase}\`, ${NAMES.get(status)}`)
        : [];
    const events = Object.entries(row).map(([event, transition]) => drawTransition(event, transition));
    return `| ${alike.map((state) => `\`${state}\``).join('<br>')} | ${about.join('<br>')} | ${events.join('<br>')} |`;
  });
  const head = ['| state | a failure is | what happens → next state: what is done |', '|---|---|---|'];
  return [...head, ...lines, ''].join('\n');
}

function drawTransition(event: string, [next, action]: Transition): string {
  return `\`${event}\` → \`${next}\`${action === 'nothing' ? '' : `: ${action}`}`;
}
