/** Connects, in blocking mode, as its argument says, and tells where that led. */
import { HTTPClient, TLSOptions } from 'tickhttp';

/** @import { Journey } from '../proxied.ts' */

/** @type {Journey} */
const { options, proxy, target, ca } = JSON.parse(process.argv[2] ?? '');
const http = new HTTPClient(options);
http.blockingModeEnabled = true;
if (proxy) {
  http.setHttpProxy(...proxy);
  http.setHttpsProxy(...proxy);
}
http.connectToHost(...target, ca === undefined ? null : TLSOptions.client(ca));
http.poll();
console.log(JSON.stringify({ status: http.getStatus(), code: http.getLastError()?.code ?? null }));
