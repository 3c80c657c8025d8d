import { expect, test } from 'vitest';
import { resultName } from '../../../src/main/http-client/names.ts';
import { Result } from '../../../src/shared/enums.ts';

const NAMES = (
  'SUCCESS CHUNKED_BODY_SIZE_MISMATCH CANT_CONNECT CANT_RESOLVE CONNECTION_ERROR TLS_HANDSHAKE_ERROR ' +
  'NO_RESPONSE BODY_SIZE_LIMIT_EXCEEDED BODY_DECOMPRESS_FAILED REQUEST_FAILED DOWNLOAD_FILE_CANT_OPEN ' +
  'DOWNLOAD_FILE_WRITE_ERROR REDIRECT_LIMIT_REACHED TIMEOUT'
).split(' ');

test("Result has the members of Godot's enum HTTPRequest.Result, in order from 0", () => {
  expect(Object.entries(Result)).toEqual(NAMES.map((name, at) => [name, at]));
});

test('resultName() knows every member, and another number by its digits', () => {
  expect(Object.values(Result).map(resultName)).toEqual(NAMES);
  expect([-1, 14, 1.5, Number.NaN].map(resultName)).toEqual(['-1', '14', '1.5', 'NaN']);
});

test('resultName() of what is no number is a TypeError that names result', () => {
  for (const value of ['5', null, undefined, {}]) {
    const call = () => Reflect.apply(resultName, undefined, [value]);
    expect(call).toThrow(TypeError);
    expect(call).toThrow('result must be a number, not ');
  }
});
