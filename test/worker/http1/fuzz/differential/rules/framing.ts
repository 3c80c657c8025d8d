import { isBodiless, type Rule, theyRefuse, weRefuse } from './rule.ts';

/** How long a response is. */
export const FRAMING_RULES: readonly Rule[] = [
  {
    name: 'framing fields of a response without a body',
    rfc: 'RFC 9112 section 6.3, rules 1 and 2',
    why: 'It ends with its head, whatever they say; llhttp looks at them all the same, undici at the length.',
    explains: (it) =>
      isBodiless(it) &&
      theyRefuse(it, /Content-Length|Transfer-Encoding|Duplicate|does not match content-length header/),
  },
  {
    name: 'faulty framing of a 407',
    rfc: 'RFC 9112 section 6.3',
    why: 'The caller has to learn that the proxy wants other credentials. The body is lost, and the connection.',
    explains: ({ text, ours }) =>
      isFaulty(text, ours.fields) &&
      ours.failure === null &&
      ours.status === 407 &&
      ours.body === '' &&
      ours.keepAlive === false,
  },
  {
    name: 'Content-Length with blanks, or more than once',
    rfc: 'RFC 9110 sections 5.5 and 8.6',
    why: 'HTAB is a blank like any other, and one number again and again is one number; llhttp refuses both.',
    explains: (it) =>
      /^content-length:([ \t]*\d+[ \t]*,|.*\t|[\s\S]*^content-length:)/im.test(it.text) &&
      isOneNumber(it.ours.fields) &&
      theyRefuse(it, /Invalid character in Content-Length|Duplicate Content-Length/),
  },
  {
    name: 'blanks and empty elements around chunked',
    rfc: 'RFC 9110 sections 5.5 and 5.6.1',
    why: 'They are no part of the coding; llhttp then reads until the close.',
    explains: ({ text, theirs, aspect }) =>
      /^transfer-encoding:.*chunked(?= *[\t,])[ \t,]*\r?$/im.test(text) &&
      ['failure', 'fields', 'body', 'trailers', 'keepAlive'].includes(aspect) &&
      theirs.failure === null,
  },
  {
    name: 'a list of codings that is none',
    rfc: 'RFC 9112 sections 6.1 and 7.1',
    why: 'Where the body ends is in doubt; llhttp reads until the close.',
    explains: (it) => weRefuse(it, /Transfer-Encoding .* not a list of codings/),
  },
  {
    name: 'chunked that is not the last coding',
    rfc: 'RFC 9112 section 6.3, rule 4',
    why: 'Read until the close, chunk framing would be handed over as content; llhttp does.',
    explains: (it) => weRefuse(it, /chunked can only be the last coding/),
  },
];

/** On several lines, of both kinds, not one number, or not a list of codings that ends in chunked. */
function isFaulty(text: string, fields: string): boolean {
  const lengths = /^content-length:/im.test(fields);
  const codings = Array.from(fields.matchAll(/^transfer-encoding: (.*)$/gim), ([, value = '']) => value);
  if (/^(?:content-length|transfer-encoding):.*\r?\n[ \t]/im.test(text)) return true;
  if (codings.length === 0) return lengths && !isOneNumber(fields);
  return lengths || !/^(?:[\w-]+[ \t]*,[ \t]*)*chunked$/i.test(codings.join(', '));
}

/** The lengths in these lines are the same number, digit for digit. */
function isOneNumber(fields: string): boolean {
  const values = [...fields.matchAll(/^content-length: (.*)$/gim)].flatMap(([, value = '']) =>
    value.split(','),
  );
  const numbers = new Set(values.map((value) => value.replace(/^[ \t]+|[ \t]+$/g, '')));
  return numbers.size === 1 && [...numbers].every((number) => /^\d+$/.test(number));
}
