/** All that the fuzzer takes from the sources. */
export { HttpError } from '../../../src/worker/http/http-error.ts';
export type { ResponseHead, ResponseSink } from '../../../src/worker/http/response.ts';
export { ResponseParser } from '../../../src/worker/http/response-parser.ts';
