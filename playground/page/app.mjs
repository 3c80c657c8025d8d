import { WorkerPool } from 'tickhttp';
import { COLORS } from './colors.mjs';
import { Controls, element } from './controls.mjs';
import { Game } from './game.mjs';
import { Graph } from './graph.mjs';
import { Results } from './results.mjs';
import { Scene } from './scene.mjs';

/** @import { What } from './types.mjs' */

const scene = new Scene(element('scene', HTMLCanvasElement));
const graph = new Graph(element('graph', HTMLCanvasElement));
const results = new Results(element('rows', HTMLTableSectionElement), element('empty', HTMLElement));
const game = new Game((seconds, bytes, reader) => {
  scene.draw(seconds, bytes, COLORS[reader]);
  graph.draw();
});
game.loop.listen((lateness) => graph.add(lateness, game.what.reader));

/**
 * One run, as a button makes it. Its row goes to the server, since both pages show it.
 * @param {What} what
 */
async function run(what) {
  const row = await game.run(what);
  await results.add(row);
  return row;
}

const controls = new Controls({ game, run, clear: () => results.clear() });
await controls.describePage(WorkerPool.default);
await results.refresh();
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) results.refresh().catch(() => {});
});

// For tests, and for whoever has the console open.
Object.assign(globalThis, { playground: { run } });

const plan = new URLSearchParams(location.search).get('auto');
if (plan !== null) (await import('./auto.mjs')).follow(JSON.parse(plan), run);
