import { isBodiless, type Rule } from './rule.ts';

/** Whether the connection can carry another request: what Node thinks of it can be seen. */
export const KEEP_ALIVE_RULES: readonly Rule[] = [
  {
    name: 'keep-alive after a response without a body',
    rfc: 'RFC 9112 section 6.3, rule 1',
    why: 'Where it ends is known without a length; llhttp waits for the close after HEAD.',
    explains: ({ aspect, ours, input }) =>
      aspect === 'keepAlive' && ours.keepAlive === true && input.request.method === 'HEAD',
  },
  {
    name: 'keep-alive after framing fields that are wrong',
    rfc: 'RFC 9112 section 6.1',
    why: 'Where a response without a body ends is known, but who cannot frame is not asked again.',
    explains: (it) =>
      it.aspect === 'keepAlive' &&
      it.ours.keepAlive === false &&
      isBodiless(it) &&
      /^(transfer-encoding|content-length):/im.test(it.ours.fields),
  },
  {
    name: 'keep-alive after a forbidden chunked',
    rfc: 'RFC 9112 section 6.1',
    why: 'Not to be sent with HTTP/1.0, nor twice: faulty framing, behind which we close; llhttp does not.',
    explains: ({ aspect, ours, text }) =>
      aspect === 'keepAlive' &&
      ours.keepAlive === false &&
      /^transfer-encoding:.*chunked/im.test(ours.fields) &&
      (/^HTTP\/1\.0 /m.test(text) || /^transfer-encoding:[\s\S]*chunked[\s\S]*chunked/im.test(ours.fields)),
  },
  {
    name: 'close beside keep-alive',
    rfc: 'RFC 9112 section 9.3',
    why: 'With close it does not persist, whatever else is there; with HTTP/1.0 llhttp heeds keep-alive.',
    explains: ({ aspect, ours }) =>
      aspect === 'keepAlive' &&
      ours.keepAlive === false &&
      /^connection:[\s\S]*\bclose\b/im.test(ours.fields),
  },
  {
    name: 'HTAB behind a connection option',
    rfc: 'RFC 9110 section 5.5',
    why: 'It is no part of the value; to llhttp it makes another option of it.',
    explains: ({ aspect, text }) => aspect === 'keepAlive' && /^connection:.*[a-z][ ]*\t/im.test(text),
  },
  {
    name: 'Proxy-Connection',
    rfc: 'RFC 9112 appendix C.2.2',
    why: 'It is not to be used, and says nothing here; llhttp takes it for Connection.',
    explains: ({ aspect, ours }) => aspect === 'keepAlive' && /^proxy-connection:/im.test(ours.fields),
  },
];
