import type { Completion, OrderMessage, OrderText, WholeRequestMessage } from './messages.ts';

/**
 * The messages of whole requests are posted as arrays. V8 then writes and reads no property names, which takes half the
 * time; and a program may make thousands of requests.
 */
export type MessageArray = OrderArray | CancelArray;

export type OrderArray = readonly [
  verb: 'order',
  slot: number,
  id: number,
  url: string,
  method: string,
  headers: readonly string[],
  body: OrderMessage['body'],
  timeout: number,
  bodySizeLimit: number,
  maxRedirects: number,
  file: OrderMessage['file'],
  acceptGzip: boolean,
  settings: OrderMessage['settings'],
];

export type CancelArray = readonly [verb: 'cancel', id: number];

/** Several completions in one message. */
export type CompletionArrays = readonly CompletionArray[];

export type CompletionArray = readonly [
  id: number,
  result: Completion['result'],
  responseCode: number,
  fields: string,
  body: Completion['body'],
  url: string,
  failure: Completion['failure'],
  stored: boolean,
  holdsFile: boolean,
];

export function orderToArray(
  slot: number,
  id: number,
  text: OrderText,
  settings: OrderMessage['settings'],
): OrderArray {
  const { url, method, headers, body, timeout, bodySizeLimit: limit, maxRedirects, file, acceptGzip } = text;
  const what = [url, method, headers, body] as const;
  return ['order', slot, id, ...what, timeout, limit, maxRedirects, file, acceptGzip, settings];
}

export function cancelToArray(id: number): CancelArray {
  return ['cancel', id];
}

export function messageFromArray(array: MessageArray): WholeRequestMessage {
  if (array[0] === 'cancel') return { verb: 'cancel', id: array[1] };
  const [verb, slot, id, url, method, headers, body, ...how] = array;
  const [timeout, bodySizeLimit, maxRedirects, file, acceptGzip, settings] = how;
  const what = { url, method, headers, body, timeout, bodySizeLimit, maxRedirects, file, acceptGzip };
  return { verb, slot, id, ...what, settings };
}

export function completionToArray(completion: Completion): CompletionArray {
  const { id, result, responseCode, fields, body, url, failure, stored, holdsFile } = completion;
  return [id, result, responseCode, fields, body, url, failure, stored, holdsFile];
}

export function completionFromArray(array: CompletionArray): Completion {
  const [id, result, responseCode, fields, body, url, failure, stored, holdsFile] = array;
  return { id, result, responseCode, fields, body, url, failure, stored, holdsFile };
}
