/** All that the fuzzer takes from the sources. */
export { HttpError } from '../../../../src/worker/http1/parser/http-error.ts';
export type { ResponseHead, ResponseSink } from '../../../../src/worker/http1/parser/response.ts';
export { ResponseParser } from '../../../../src/worker/http1/parser/response-parser.ts';
