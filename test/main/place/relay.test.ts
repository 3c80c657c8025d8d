import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { relayStream } from '../../../src/main/place/node/stream-relay.ts';
import type { RelayMessage } from '../../../src/shared/messages.ts';
import { eventually } from '../../support/eventually.ts';

const bytesOf = (text: string): RelayMessage => ({ bytes: new TextEncoder().encode(text) });

test.for([true, false])(
  'what the worker sends while it can’t know of the end is written if the stream is half-open: %s',
  async (allowHalfOpen) => {
    const written: string[] = [];
    const held: (() => void)[] = [];
    const line = new Duplex({
      allowHalfOpen,
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        written.push(bytes.toString());
        held.push(done);
      },
    });
    const errors = vi.fn();
    line.on('error', errors);
    const end = vi.spyOn(line, 'end');
    const port = relayStream(line);
    const heard: RelayMessage[] = [];
    port.on('message', (message: RelayMessage) => heard.push(message));
    const closed = once(port, 'close');
    port.postMessage(bytesOf('before'));
    await eventually(() => expect(written).toEqual(['before']));
    line.push(null);
    await once(line, 'end');
    port.postMessage(bytesOf('behind'));
    port.postMessage({ end: true, halfOpen: true } satisfies RelayMessage);
    // By then it has heard of both.
    await eventually(() => expect(end).toHaveBeenCalledWith(expect.any(Function)));
    await eventually(() => {
      for (const done of held.splice(0)) done();
      expect(line.writableFinished).toBe(true);
    });
    await closed;
    expect(written).toEqual(allowHalfOpen ? ['before', 'behind'] : ['before']);
    expect(heard).toContainEqual({ end: true, halfOpen: allowHalfOpen });
    expect(heard).toContainEqual({ finished: true });
    expect(errors).not.toHaveBeenCalled();
  },
);
