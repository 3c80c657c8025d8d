import { type HTTPRequest, type Result, tick } from 'tickhttp';
import { turn } from './client.ts';

/** Ticks once a turn of the event loop, as a game does once a frame, until `done`. */
export async function tickUntil(done: () => boolean, ms = 20_000): Promise<void> {
  for (const end = performance.now() + ms; !done(); await turn()) {
    tick();
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${done}`);
  }
}

export interface Heard {
  readonly result: Result;
  readonly code: number;
  readonly headers: string[];
  readonly body: Uint8Array;
}

/** What the signal of `http` has told, one entry for each time. */
export function heardBy(http: HTTPRequest): Heard[] {
  const heard: Heard[] = [];
  http.requestCompleted.connect((result, code, headers, body) => heard.push({ result, code, headers, body }));
  return heard;
}
