import { afterAll, describe, expect } from 'vitest';
import { closeBrowser, MODES, test } from './support/page.ts';

afterAll(closeBrowser);

/** Of the IANA registry, of Fetch, and what programs send. */
const NAMES = [
  'A-IM Accept Accept-Charset Accept-Encoding Accept-Language Access-Control-Request-Headers',
  'Access-Control-Request-Method Access-Control-Request-Private-Network Authorization Cache-Control Connection',
  'Content-Disposition Content-Encoding Content-Language Content-Length Content-Location Content-Type Cookie Cookie2',
  'Date DNT Early-Data Expect Forwarded From Host If-Match If-Modified-Since If-None-Match If-Range',
  'If-Unmodified-Since Keep-Alive Link Max-Forwards Origin Pragma Prefer Priority Proxy-Authorization',
  'Proxy-Connection Range Referer Save-Data Sec-Fetch-Mode Sec-WebSocket-Key Set-Cookie TE Trailer',
  'Transfer-Encoding Upgrade Upgrade-Insecure-Requests User-Agent Via Warning X-Api-Key X-Forwarded-For',
  'X-HTTP-Method X-HTTP-Method-Override X-Method-Override X-Requested-With',
].flatMap((line) => line.split(' '));

/** Names that are refused with one value, and sent with another. */
const VALUES: Record<string, string[]> = {
  'Content-Length': ['0'],
  'X-HTTP-Method': ['DELETE', 'TRACE'],
  'X-HTTP-Method-Override': ['DELETE', 'PUT, Track', 'CONNECT ,PUT'],
  'X-Method-Override': ['untraced', '\tTrace'],
};

describe.each(MODES)('fields of a request in a page, %s', (mode) => {
  test('each is sent or refused, and none is dropped in silence', async ({ open }) => {
    const { page } = await open(mode);
    const fields = NAMES.flatMap((name) => (VALUES[name] ?? ['v']).map((value) => [name, value] as const));
    const fates = await page.evaluate(async (asked) => {
      const http = await connected();
      const found: string[] = [];
      for (const [name, value] of asked) {
        const { error, failure, text } = await exchange(http, '/echo', {
          method: tickhttp.Method.POST,
          headers: [`${name}: ${value}`],
        });
        if (error !== undefined) found.push(`${failure?.code}`);
        else found.push(JSON.parse(text).headers[name.toLowerCase()] === value.trim() ? 'sent' : 'dropped');
      }
      return found;
    }, fields);
    const withFate = (fate: string) => fields.filter((_, at) => fates[at] === fate).map(([name]) => name);
    expect(withFate('dropped')).toEqual([]);
    expect(withFate('sent')).toEqual([
      ...['A-IM', 'Accept', 'Accept-Language', 'Authorization', 'Cache-Control', 'Content-Disposition'],
      ...['Content-Encoding', 'Content-Language', 'Content-Location', 'Content-Type', 'Early-Data'],
      ...['Forwarded', 'From', 'If-Match', 'If-Modified-Since', 'If-None-Match', 'If-Range'],
      ...[
        'If-Unmodified-Since',
        'Link',
        'Max-Forwards',
        'Pragma',
        'Prefer',
        'Priority',
        'Range',
        'Save-Data',
      ],
      ...['Upgrade-Insecure-Requests', 'Warning', 'X-Api-Key', 'X-Forwarded-For', 'X-HTTP-Method'],
      ...['X-HTTP-Method-Override', 'X-Method-Override', 'X-Requested-With'],
    ]);
    // Everywhere, for any value.
    expect(withFate('INVALID_HEADER')).toEqual(['Transfer-Encoding']);
    const refused = fields.length - withFate('sent').length - 1;
    expect(withFate('UNAVAILABLE_IN_BROWSER')).toHaveLength(refused);
  });

  test('text beyond ASCII goes both ways, and several fields of one name come joined', async ({ open }) => {
    const { page, site } = await open(mode);
    const text = 'grüße, 世界';
    site.routes.fields = ({ request, response }) => {
      const utf8 = Buffer.from(text).toString('latin1');
      response.setHeader('X-Text', utf8).setHeader('X-Twice', ['a', 'b']).setHeader('Set-Cookie', 'c=d');
      const { 'x-text': sent, 'x-twice': twice } = request.headers;
      // Node encodes the head as it does a text behind it.
      response.end(Buffer.from(JSON.stringify([sent === utf8, twice])));
    };
    const seen = await page.evaluate(async (text) => {
      const headers = [`X-Text: ${text}`, 'X-Twice: a', 'X-Twice: b'];
      const one = await exchange(await connected(), '/fields', { headers });
      const http = new tickhttp.HTTPRequest();
      http.request(`${location.origin}/fields`, headers);
      const other = await http.completed();
      return [
        [one.text, one.headers],
        [other.text(), other.headers],
      ] as const;
    }, text);
    for (const [sent, received] of seen) {
      expect(JSON.parse(sent)).toEqual([true, 'a, b']);
      expect(received).toEqual(expect.arrayContaining([`x-text: ${text}`, 'x-twice: a, b']));
      expect(received.join()).not.toContain('cookie');
    }
  });

  test('another origin is asked without a preflight, until a field needs one', async ({
    open,
    elsewhere,
  }) => {
    const { page } = await open(mode);
    const codes = await page.evaluate(
      async ([port, url]) => {
        const http = await connected({}, port);
        const body = new Uint8Array(3);
        const method = tickhttp.Method.POST;
        return [
          (await exchange(http, '/bytes/4?cors')).code,
          (await exchange(http, '/echo?cors', { method, body })).code,
          (await whole(url)).code,
          (await whole(url, { method, body })).code,
          (await whole(url, { headers: ['X-Name: value'] })).failure?.code,
        ];
      },
      [elsewhere.port, elsewhere.url('/echo?cors')] as const,
    );
    expect(codes).toEqual([200, 200, 200, 200, 'FETCH_FAILED']);
    expect(elsewhere.asked).toEqual([
      'GET /bytes/4?cors',
      'POST /echo?cors',
      'GET /echo?cors',
      'POST /echo?cors',
      'OPTIONS /echo?cors',
    ]);
  });
});
