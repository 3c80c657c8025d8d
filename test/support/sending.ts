import type { HTTPClient } from 'tickhttp';
import { Status } from 'tickhttp';
import { expect } from 'vitest';
import { pollUntil } from './client.ts';
import { fillPattern } from './pattern.mjs';
import type { Script, Step, TestServer } from './servers.ts';
import { connectionOf, switching } from './streams.ts';

/** More than the kernel keeps of a connection that nobody reads, both ends together. */
export const MUCH = 30_000_000;
export const BYTES = fillPattern(new Uint8Array(MUCH));

/** A server that reads nothing until `read`, then all that comes. */
export const slow = (...before: Step[]): Script =>
  switching({ pauseReading: true }, ...before, { waitFor: 'read' }, { resumeReading: true });

/** What the server has got behind the head. Of much it keeps the beginning. */
export async function streamOf(server: TestServer, length: number, index = 0): Promise<Uint8Array> {
  const { received, bytesReceived } = await server.waitFor(
    `${length} bytes`,
    (record) => record.bytesReceived - headLength(record.received) >= length,
    index,
    20_000,
  );
  const head = headLength(received);
  expect(bytesReceived - head).toBe(length);
  return received.subarray(head);
}

function headLength(received: Uint8Array): number {
  return Buffer.from(received).indexOf('\r\n\r\n') + 4;
}

/** The system has taken some of it: not all, while the server does not read. */
export async function untilTaken(http: HTTPClient): Promise<void> {
  await pollUntil(http, 'the system to take some', () => connectionOf(http).getUnsentBytes() < MUCH);
}

/** How many bytes `getLastError()` says are lost: some of `MUCH`. */
export function lostOf(http: HTTPClient): number {
  const { message = '' } = http.getLastError() ?? {};
  const lost = Number(/(\d+) bytes that putData\(\) had accepted were (?:not )?sent/.exec(message)?.[1]);
  expect(lost, message).toBeGreaterThan(MUCH / 4);
  expect(lost, message).toBeLessThan(MUCH);
  return lost;
}

export const ended = (http: HTTPClient): Promise<void> =>
  pollUntil(http, 'the end', () => http.getStatus() !== Status.CONNECTED);

export const outcome = (http: HTTPClient): unknown[] => [http.getStatus(), http.getLastError()?.code];
