import { isBodiless, type Rule, theyRefuse, weRefuse } from './rule.ts';

/** Status lines, field lines and line ends. */
export const HEAD_RULES: readonly Rule[] = [
  {
    name: 'folded lines',
    rfc: 'RFC 9112 section 5.2',
    why: 'A user agent MUST unfold them, but those that frame a body; llhttp refuses all.',
    explains: (it) =>
      /\n[ \t]/.test(it.text) &&
      (isBodiless(it) || !/^(content-length|transfer-encoding):[^\n]*\n[ \t]/im.test(headOf(it.text))) &&
      theyRefuse(it, /Unexpected whitespace after header value|Invalid header value char/),
  },
  {
    name: 'LF alone ends a line',
    rfc: 'RFC 9112 section 2.2',
    why: 'A recipient MAY take it for CRLF; llhttp does not.',
    explains: (it) =>
      /(?<!\r)\n/.test(it.text) &&
      theyRefuse(
        it,
        /CR after (header value|response line)|Invalid header (field|value) char|Invalid response status/,
      ),
  },
  {
    name: 'blanks around a value',
    rfc: 'RFC 9112 section 5.1',
    why: 'They are no part of it; undici hands them over.',
    explains: ({ peer, aspect, ours, theirs }) =>
      peer === 'undici' &&
      (aspect === 'fields' || aspect === 'trailers') &&
      ours.fields === trimLines(theirs.fields) &&
      ours.body === theirs.body &&
      ours.trailers === trimLines(theirs.trailers),
  },
  {
    name: 'several spaces before the status code',
    rfc: 'RFC 9112 section 4',
    why: 'One belongs there. Servers send more, and nothing is in doubt; llhttp refuses them.',
    explains: (it) => /HTTP\/1\.[01] {2,}\d/.test(it.text) && theyRefuse(it, /Invalid status code/),
  },
  {
    name: 'status codes below 100',
    rfc: 'RFC 9110 section 15',
    why: 'There are none. Node reads them, and undici behind a CONNECT.',
    explains: (it) => /HTTP\/1\.[01] +0\d\d/.test(it.text) && weRefuse(it, /no status code from 100/),
  },
  {
    name: 'CR or NUL behind a status code',
    rfc: 'RFC 9110 section 5.5',
    why: 'Dangerous where others take them for an end; llhttp reads NUL, and some of it CR behind CR.',
    explains: (it) =>
      weRefuse(it, /CR or NUL in the reason phrase/) ||
      (/^HTTP\/1\.[01] +\d{3}\r\r/m.test(it.text) && weRefuse(it, /no status code from 100/)),
  },
  {
    name: 'other protocols',
    rfc: 'RFC 9112 section 2.3',
    why: 'llhttp reads responses of RTSP, and of HTTP/0.9 and HTTP/2.0, which are none in this form.',
    explains: (it) =>
      /^\s*(RTSP\/|HTTP\/(?!1\.[01]))/m.test(it.text) &&
      weRefuse(it, /not an HTTP\/1\.x response|unknown HTTP version/),
  },
  {
    name: 'a lone CR before the status line',
    rfc: 'RFC 9112 section 2.2',
    why: 'Only a line end may be skipped there; llhttp skips CRs, too.',
    explains: (it) =>
      /\r(?!\n)/.test(it.text) && weRefuse(it, /not an HTTP\/1\.x response: after "\\r" came/),
  },
  {
    name: 'more than sixteen empty lines',
    rfc: 'RFC 9112 section 2.2',
    why: 'At least one should be skipped; llhttp skips any number of them.',
    explains: (it) => weRefuse(it, /more than 16 empty lines/),
  },
];

function trimLines(lines: string): string {
  return lines.replace(/(: .*?)[ \t]*$/gm, (_, value: string) => (value === ':' ? ': ' : value));
}

/** The head of the answer: the first that is not an interim response's. */
function headOf(text: string): string {
  const heads = text.split(/\n\r?\n/).filter((head) => head.trim() !== '');
  return heads.find((head) => !/^\s*HTTP\/1\.\d +1(?!01)/.test(head)) ?? '';
}
