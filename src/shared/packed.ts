import type { Completion, OrderMessage, OrderText, WholeRequestMessage } from './messages.ts';

/**
 * The messages of whole requests as they are posted: arrays. V8 writes and reads no names then, which takes half of the
 * time that the same message takes as an object; and a program may make thousands of requests.
 */
export type PackedMessage = PackedOrder | PackedCancel;

export type PackedOrder = readonly [
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
  settings: OrderMessage['settings'],
];

export type PackedCancel = readonly [verb: 'cancel', id: number];

/** Several completions in one message. */
export type PackedCompletions = readonly PackedCompletion[];

export type PackedCompletion = readonly [
  id: number,
  result: Completion['result'],
  responseCode: number,
  fields: string,
  body: Completion['body'],
  url: string,
  failure: Completion['failure'],
];

export function packOrder(
  slot: number,
  id: number,
  { url, method, headers, body, timeout, bodySizeLimit, maxRedirects }: OrderText,
  settings: OrderMessage['settings'],
): PackedOrder {
  return ['order', slot, id, url, method, headers, body, timeout, bodySizeLimit, maxRedirects, settings];
}

export function packCancel(id: number): PackedCancel {
  return ['cancel', id];
}

export function unpackMessage(packed: PackedMessage): WholeRequestMessage {
  if (packed[0] === 'cancel') return { verb: 'cancel', id: packed[1] };
  const [verb, slot, id, url, method, headers, body, timeout, bodySizeLimit, maxRedirects, settings] = packed;
  return { verb, slot, id, url, method, headers, body, timeout, bodySizeLimit, maxRedirects, settings };
}

export function packCompletion(completion: Completion): PackedCompletion {
  const { id, result, responseCode, fields, body, url, failure } = completion;
  return [id, result, responseCode, fields, body, url, failure];
}

export function unpackCompletion(packed: PackedCompletion): Completion {
  const [id, result, responseCode, fields, body, url, failure] = packed;
  return { id, result, responseCode, fields, body, url, failure };
}
