import type { Inbox } from '../../shared/log/outbox.ts';
import type { RequestMessage } from '../../shared/messages.ts';

/** Takes the request that is in the outbox as text (layout.ts), and returns it as a message. Null if there is none. */
export function takeRequest(inbox: Inbox): RequestMessage | null {
  const bytes = inbox.take();
  if (bytes === null) return null;
  const [start = '', ...headers] = utf8.decode(bytes).split('\n');
  const space = start.indexOf(' ');
  const [method, target] = [start.slice(0, space), start.slice(space + 1)];
  return { verb: 'request', method, target, headers, bodyLength: 0, body: [] };
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
