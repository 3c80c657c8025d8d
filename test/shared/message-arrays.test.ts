import { expect, test } from 'vitest';
import { adjustmentsOf } from '../../src/main/http-request/adjustable-request.ts';
import { HTTPRequest } from '../../src/main/http-request/http-request.ts';
import { Result } from '../../src/shared/enums.ts';
import {
  cancelToArray,
  completionFromArray,
  completionToArray,
  messageFromArray,
  orderToArray,
} from '../../src/shared/message-arrays.ts';
import type { Completion, OrderText } from '../../src/shared/messages.ts';
import type { RequestSettings } from '../../src/shared/settings.ts';

const SETTINGS = settingsOf(new HTTPRequest());

function settingsOf(request: HTTPRequest): RequestSettings {
  const settings = adjustmentsOf(request).settings();
  if ('phase' in settings) throw new TypeError(settings.message);
  return settings;
}

/** Each part has another value, so that two that have changed places are seen. */
const TEXT: OrderText = {
  url: 'http://127.0.0.1/a',
  method: 'PUT',
  headers: ['A: 1', 'B: 2'],
  body: [new Uint8Array([1, 2, 3]), new Uint8Array([4])],
  timeout: 11,
  bodySizeLimit: 12,
  maxRedirects: 13,
  file: { path: '/c', chunkSize: 14, keepPartial: true, append: false },
  acceptGzip: true,
};

const COMPLETION: Completion = {
  id: 21,
  result: Result.BODY_SIZE_LIMIT_EXCEEDED,
  responseCode: 200,
  fields: 'A: grüße\n',
  body: new Uint8Array([4, 5]),
  url: 'http://127.0.0.1/b',
  failure: { phase: 'body', code: 'A', message: 'b', request: 'answered' },
  stored: true,
  holdsFile: true,
};

test.each([
  ['with all parts', TEXT, SETTINGS],
  [
    'with as few as there can be',
    { ...TEXT, headers: [], body: [], timeout: 0, maxRedirects: -1, file: null },
    null,
  ],
])('an order %s is the same on the other side of a port', (_what, text, settings) => {
  const posted = structuredClone(orderToArray(1, -2, text, settings));
  expect(messageFromArray(posted)).toEqual({ verb: 'order', slot: 1, id: -2, ...text, settings });
});

test('so is a cancel', () => {
  expect(messageFromArray(structuredClone(cancelToArray(-2)))).toEqual({ verb: 'cancel', id: -2 });
});

test.each([
  ['with all parts', COMPLETION],
  [
    'with as few as there can be',
    { ...COMPLETION, responseCode: 0, fields: '', body: new Uint8Array(0), failure: null },
  ],
])('so is a completion %s', (_what, completion) => {
  expect(completionFromArray(structuredClone(completionToArray(completion)))).toEqual(completion);
});
