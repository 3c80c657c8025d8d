import { beforeEach } from 'vitest';
import type { Program } from './program.ts';

/** Lets each test of a file that fails show what these have said meanwhile. */
export function showLogs(programs: () => readonly Program[]): void {
  beforeEach(({ onTestFailed }) => {
    for (const program of programs()) program.newLog();
    onTestFailed(() =>
      console.error(
        programs()
          .map((program) => program.newLog())
          .join(''),
      ),
    );
  });
}
