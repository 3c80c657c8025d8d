import { HeadFlag, RecordType } from '../../shared/log/layout.ts';
import { LogWriter } from '../../shared/log/writer.ts';
import type { ResponseHead } from '../http1/parser/response.ts';
import type { AnswerSink } from './answer-sink.ts';

/** The event log as a sink: the caller reads the answer there. */
export class RingSink extends LogWriter implements AnswerSink {
  expect(): void {
    this.rewind();
  }

  head({ statusCode, contentLength, chunked, hasBody, fields }: ResponseHead): void {
    const flags = (chunked ? HeadFlag.CHUNKED : 0) | (hasBody ? HeadFlag.HAS_BODY : 0);
    this.headRecord(statusCode, flags, contentLength, fields);
  }

  trailers(fields: Uint8Array): void {
    this.record(RecordType.TRAILERS, 0, 0, fields);
  }
}
