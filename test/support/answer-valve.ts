import type { HeadLimits } from '../../src/shared/settings.ts';
import { type AnswerEvents, AnswerReader } from '../../src/worker/http1/answer-reader.ts';
import type { AnswerSink } from '../../src/worker/sinks/answer-sink.ts';
import { Valve } from '../../src/worker/valve/valve.ts';

/** A valve through which answers of HTTP/1.1 come into `sink`, as those of a connection do. */
export function answerValve(
  sink: AnswerSink,
  limits: HeadLimits,
  scratchBytes: number,
  events: AnswerEvents,
) {
  const reader = new AnswerReader(sink, limits, events);
  const valve = new Valve(sink, {
    scratch: new Uint8Array(scratchBytes),
    reserve: 2048 + limits.maxHeadFields,
    later: setImmediate,
  });
  valve.open(reader);
  const expect = (method: string) => {
    reader.expect(method, false);
    valve.begin();
  };
  return { valve, expect };
}
