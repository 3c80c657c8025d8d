import type { TestProject } from 'vitest/node';
import { chromiumPath } from './bare-chromium.mjs';

const MODE = /, (shared|messages)\b/;

/** Ends the run if there is no Chromium, and fails it at its end unless both modes have had the same tests. */
export default function setup({ vitest }: TestProject): () => void {
  try {
    chromiumPath();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  return () => {
    const passed = { shared: 0, messages: 0, other: 0 };
    const ran = { shared: new Set<string>(), messages: new Set<string>(), other: new Set<string>() };
    for (const module of vitest.state.getTestModules())
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        const found = MODE.exec(test.fullName)?.[1];
        const mode = found === 'shared' || found === 'messages' ? found : 'other';
        if (state === 'passed') passed[mode] += 1;
        if (state !== 'skipped')
          ran[mode].add(`${module.relativeModuleId}: ${test.fullName.replace(MODE, '')}`);
      }
    const { shared, messages, other } = passed;
    console.log(`shared: ${shared} passed, messages: ${messages} passed, other: ${other} passed`);
    const inOne = [
      ...[...ran.shared].filter((name) => !ran.messages.has(name)),
      ...[...ran.messages].filter((name) => !ran.shared.has(name)),
    ];
    // `-t` may choose a mode.
    if (inOne.length === 0 || vitest.config.testNamePattern) return;
    console.error(`Both modes must have the same tests. In one mode only:\n${inOne.join('\n')}`);
    process.exitCode = 1;
  };
}
