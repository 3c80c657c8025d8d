import { type Rule, theyRefuse, weRefuse } from './rule.ts';

/** Interim responses, tunnels, and what comes behind a response. */
export const CONNECTION_RULES: readonly Rule[] = [
  {
    name: 'any answer to CONNECT opens a tunnel',
    rfc: 'RFC 9110 section 9.3.6',
    why: 'Only a 2xx does; to Node and undici any does, interim ones too.',
    explains: ({ input, theirs }) =>
      input.request.method === 'CONNECT' &&
      theirs.tunnel !== null &&
      (theirs.status < 200 || theirs.status > 299),
  },
  {
    name: 'a 101 that was not asked for',
    rfc: 'RFC 9110 section 15.2.2',
    why: 'A server switches only to what the client named; Node takes it for an answer.',
    explains: (it) => weRefuse(it, /status 101, though the request had no Upgrade/),
  },
  {
    name: 'a 101 that names no protocol',
    rfc: 'RFC 9110 section 15.2.2',
    why: 'A server MUST name it. We tell the caller, who asked for one; to Node and undici it is no upgrade.',
    explains: ({ ours, theirs }) =>
      ours.status === 101 &&
      !namesProtocol(ours.fields) &&
      (theirs.failure === null || /assert\(upgrade\)/.test(theirs.failure)),
  },
  {
    name: 'framing fields of an interim response',
    rfc: 'RFC 9110 section 15.2',
    why: 'A 1xx ends with its head, whatever that says; llhttp looks at them all the same.',
    explains: (it) =>
      /HTTP\/1\.[01] +1\d\d[^\n]*\n([^\r\n]+\r?\n)*(content-length|transfer-encoding):/i.test(it.text) &&
      theyRefuse(it, /Content-Length|Transfer-Encoding/),
  },
  {
    name: 'bytes behind a response',
    rfc: 'RFC 9112 section 9.2',
    why: 'They belong to no request. We end the connection, but keep the response; Node loses it.',
    explains: (it) =>
      it.ours.left !== '' &&
      it.ours.tunnel === null &&
      theyRefuse(it, /Data after|Expected|Invalid|Missing|Unexpected/),
  },
  {
    name: 'an interim response that would end the connection',
    rfc: 'RFC 9110 section 15.2',
    why: 'It is not the answer, and ends nothing; llhttp refuses what comes behind it.',
    explains: (it) =>
      /HTTP\/1\.[01] +1\d\d/.test(it.text) && theyRefuse(it, /Data after `Connection: close`/),
  },
  {
    name: '100 without Expect',
    rfc: 'RFC 9110 section 15.2',
    why: 'A client MUST read interim responses that it does not expect; undici refuses 100.',
    explains: (it) =>
      it.peer === 'undici' && /HTTP\/1\.[01] +100/.test(it.text) && theyRefuse(it, /bad response/),
  },
];

/** There is an Upgrade field with a value, and a Connection field that tells of it. */
function namesProtocol(fields: string): boolean {
  const options = [...fields.matchAll(/^connection: (.*)$/gim)].flatMap(([, value = '']) => value.split(','));
  return /^upgrade: ./im.test(fields) && options.some((option) => option.trim().toLowerCase() === 'upgrade');
}
