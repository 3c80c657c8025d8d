/**
 * Logs in with a form, keeps the cookies that the server sets, and fetches a page with them. The package `tough-cookie`
 * knows which cookies belong to a URL: a cookie jar is no part of tickhttp.
 *
 *     node examples/cookies.mjs <url of the login> <url of the page> [name] [password]
 */
import { HTTPRequest, Method } from 'tickhttp';
import { CookieJar } from 'tough-cookie';

const [login = '', page = '', name = 'godette', password = 'secret'] = process.argv.slice(2);
const jar = new CookieJar();

// The answer that redirects may set cookies, and the next URL may need others. So the worker must not follow redirects.
const http = new HTTPRequest({ followRedirects: false });
http.timeout = 30; // seconds, for each request

/** A POST of the form, or a GET if it is empty. @param {string} url @param {string} [form] */
async function fetchWithCookies(url, form = '') {
  for (let redirects = 0; redirects <= 8; redirects++) {
    const cookies = await jar.getCookieString(url);
    const headers = form === '' ? [] : ['Content-Type: application/x-www-form-urlencoded'];
    if (cookies !== '') headers.push(`Cookie: ${cookies}`);
    http.request(url, headers, form === '' ? Method.GET : Method.POST, form);
    const response = await http.completed();
    for (const cookie of response.getHeaderValues('Set-Cookie'))
      await jar.setCookie(cookie, url, { ignoreError: true }); // one for another site, say

    const location = response.getHeader('Location');
    if (![301, 302, 303, 307, 308].includes(response.responseCode) || location === null) {
      if (response.ok) return response.text();
      throw new Error(response.failure?.message ?? `${url}: the server answered ${response.responseCode}`);
    }
    if (response.responseCode < 307) form = ''; // 307 and 308 repeat the request as it was
    const next = new URL(location, url);
    if (next.protocol === 'http:' && url.startsWith('https:')) throw new Error(`${next} is not encrypted`);
    url = next.href;
  }
  throw new Error(`${url}: too many redirects`);
}

await fetchWithCookies(login, new URLSearchParams({ name, password }).toString());
console.log(await fetchWithCookies(page));
