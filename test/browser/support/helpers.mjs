// Runs in a page, or in a worker of a page.
const tickhttp = await import(new URL(import.meta.url).searchParams.get('lib') ?? '/lib/index.js');
const { HTTPClient, HTTPRequest, Method, Status, resultName, statusName } = tickhttp;

/** A turn of the event loop that no throttled timer delays. */
const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });

/** Milliseconds that a machine may take which has much else to do. */
const PATIENCE = 30_000;

async function until(reached, say = () => String(reached)) {
  for (const end = performance.now() + PATIENCE; !reached(); await turn())
    if (performance.now() > end) throw new Error(`late: ${say()}`);
}

function pollUntil(http, reached) {
  const look = () => {
    http.poll();
    return reached();
  };
  return until(look, () => `${statusName(http.getStatus())} ${JSON.stringify(http.getLastError())}`);
}

/** A client that is CONNECTED, with the page's own server unless another is named. */
async function connected(options = {}, port = Number(location.port), host = '127.0.0.1') {
  const http = new HTTPClient(options);
  http.connectToHost(host, port);
  await pollUntil(http, () => http.getStatus() === Status.CONNECTED);
  return http;
}

/** One request, to its end: what the caller has seen of it. */
async function exchange(http, path, { method = Method.GET, headers = [], body = '', read } = {}) {
  const error =
    typeof body === 'string'
      ? http.request(method, path, headers, body)
      : http.requestRaw(method, path, headers, body);
  if (error !== 0) return { error, failure: http.getLastError() };
  // The first poll() may bring the whole response already, so the status before it counts too.
  const statuses = [http.getStatus()];
  const chunks = [];
  const take = read ?? (() => http.readResponseBodyChunk());
  await pollUntil(http, () => {
    const status = http.getStatus();
    if (statuses.at(-1) !== status) statuses.push(status);
    if (status === Status.BODY) chunks.push(take());
    return status !== Status.REQUESTING && status !== Status.BODY;
  });
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return {
    statuses: [...statuses, http.getStatus()]
      .filter((status, at, all) => status !== all[at - 1])
      .map(statusName),
    code: http.getResponseCode(),
    headers: http.getResponseHeaders(),
    bodyLength: http.getResponseBodyLength(),
    length: bytes.length,
    sum: bytes.reduce((sum, byte, at) => (sum * 31 + byte + at) | 0, 0),
    text: bytes.length < 10_000 ? new TextDecoder().decode(bytes) : '',
    failure: http.getLastError(),
  };
}

const pattern = async (length) => new Uint8Array(await (await fetch(`/bytes/${length}`)).arrayBuffer());

const PERIOD = 65521;
let block;

/** What it gives throws unless the bytes are those of `/endless` and `/bytes` from `from` on. */
async function openCheck() {
  block ??= await pattern(PERIOD);
  return (bytes, from) => {
    for (let at = 0; at < bytes.length; at++)
      if (bytes[at] !== block[(from + at) % PERIOD]) throw new Error(`another byte at ${from + at}`);
  };
}

/** Reads at least `count` bytes of a body that stands at `from`, or what is left: how many came. */
async function readChecked(http, from, count) {
  const check = await openCheck();
  for (let read = 0; ; await turn()) {
    // Only the next bytes must not be late: all of them may be many.
    const before = read;
    await pollUntil(http, () => {
      const chunk = http.readResponseBodyChunk();
      check(chunk, from + read);
      read += chunk.length;
      return read > before || http.getStatus() !== Status.BODY;
    });
    if (read >= count || http.getStatus() !== Status.BODY) return read;
  }
}

/** Has so many workers of `/sabotage` do something. They do it when this settles, or right behind. */
async function sabotage(deed, workers = 1) {
  const channel = new BroadcastChannel('deeds');
  let heard = 0;
  channel.onmessage = ({ data }) => {
    if (data === 'heard') heard += 1;
  };
  channel.postMessage(deed);
  await until(() => heard === workers);
  channel.close();
}

/** Another tab covers the page meanwhile, as when a user opens one: what `look` gives at first and at last. */
async function hiddenUntil(reached, look) {
  const cover = open('/page');
  await until(() => document.visibilityState === 'hidden');
  const first = look();
  await until(reached);
  const last = look();
  cover.close();
  await until(() => document.visibilityState === 'visible');
  return { first, last };
}

/** A whole request, to its end. */
async function whole(
  url,
  { headers = [], method = Method.GET, body = '', options = {}, ...properties } = {},
) {
  const http = Object.assign(new HTTPRequest(options), properties);
  const error =
    typeof body === 'string'
      ? http.request(url, headers, method, body)
      : http.requestRaw(url, headers, method, body);
  if (error !== 0) return { error, failure: http.getLastError() };
  return shown(await http.completed());
}

const shown = (result) => ({
  result: resultName(result.result),
  ok: result.ok,
  code: result.responseCode,
  url: result.url,
  length: result.body.length,
  text: result.body.length < 10_000 ? result.text() : '',
  failure: result.failure,
});

Object.assign(globalThis, {
  tickhttp,
  turn,
  until,
  pollUntil,
  connected,
  exchange,
  whole,
  shown,
  pattern,
  openCheck,
  readChecked,
  hiddenUntil,
  sabotage,
  kept: null,
});
