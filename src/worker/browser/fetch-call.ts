import type { FetchOptions } from '../../shared/settings.ts';
import type { ResponseWatch } from '../connection/response-watch.ts';
import { openBody } from './body-reader.ts';
import { requestFields } from './fetch-answer.ts';

/** A request as the browser is asked for it. */
export interface FetchCall {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly string[];
  /** Empty: there is no body. */
  readonly body: Uint8Array<ArrayBuffer>[];
  /** What the caller's options say. */
  readonly options: FetchOptions;
  readonly redirect: RequestRedirect;
  /** Ends it, also while its body is read: the promise rejects. */
  readonly signal: AbortSignal;
}

/** The time limits at the moment, which may change during a request; null where no limit is set. */
export type WatchNow = () => ResponseWatch | null;

/** Asks the browser. Resolves with the head of the answer. */
export async function callFetch(call: FetchCall, watch: WatchNow): Promise<Response> {
  const { url, method, headers, body, options, redirect, signal } = call;
  watch()?.asked(body.length > 0);
  const answer = await fetch(url, {
    ...options,
    method,
    headers: requestFields(headers),
    body: body.length > 0 ? new Blob(body) : null,
    redirect,
    signal,
  });
  signal.throwIfAborted();
  watch()?.progressed(true);
  watch()?.answered();
  watch()?.received(false, false);
  return answer;
}

/**
 * The body of an answer, piece by piece. The browser is asked for a piece only when the loop wants the next, and a
 * piece is good until then.
 */
export async function* piecesOf(
  body: ReadableStream<Uint8Array>,
  { signal }: FetchCall,
  watch: WatchNow,
): AsyncGenerator<Uint8Array> {
  const reader = openBody(body);
  for (;;) {
    const piece = await reader.read();
    signal.throwIfAborted();
    if (piece === null) return;
    watch()?.received(true, false);
    yield piece;
  }
}
