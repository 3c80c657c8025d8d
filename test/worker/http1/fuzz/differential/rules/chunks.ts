import { type Rule, theyRefuse, weRefuse } from './rule.ts';

/** Chunked bodies. */
export const CHUNK_RULES: readonly Rule[] = [
  {
    name: 'blanks behind a chunk size',
    rfc: 'RFC 9112 section 7.1.1',
    why: 'BWS before an extension MUST be read, and old servers pad sizes; llhttp refuses it.',
    explains: (it) => /^[0-9a-f]+[ \t]/im.test(it.text) && theyRefuse(it, /Invalid character in chunk size/),
  },
  {
    name: 'chunk extensions that are not well-formed',
    rfc: 'RFC 9112 section 7.1.1',
    why: 'They are ignored; llhttp looks at some of them.',
    explains: (it) =>
      /^[0-9a-f]+[ \t]*;/im.test(it.text) && theyRefuse(it, /Invalid character in chunk extensions/),
  },
  {
    name: 'chunk sizes of more than sixteen digits',
    rfc: 'RFC 9112 section 7.1',
    why: 'A recipient must anticipate large numbers; llhttp skips any number of zeros.',
    explains: (it) => /^0{2,}[0-9a-f]{15,}/im.test(it.text) && weRefuse(it, /a chunk size is out of range/),
  },
  {
    name: 'chunk lines of more than 4096 bytes',
    rfc: 'RFC 9112 section 7.1.1',
    why: 'A recipient ought to limit extensions; undici lets them be longer.',
    explains: (it) => weRefuse(it, /chunk's line is longer than/),
  },
  {
    name: 'framing fields in a trailer',
    rfc: 'RFC 9110 section 6.5.1',
    why: 'They frame nothing there; llhttp looks at them.',
    explains: (it) => it.ours.trailers !== '' && theyRefuse(it, /Content-Length|Transfer-Encoding/),
  },
];
