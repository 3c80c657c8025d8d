import type { Failure, FailurePhase, OwnFailure } from '../../shared/failure.ts';
import { codeOf, messageOf } from '../../shared/kinds.ts';
import type { FetchOptions } from '../../shared/settings.ts';
import { ConnectionError } from '../connection/connection-error.ts';
import { cutPeer, describeFailure, type Failed } from '../connection/connection-failure.ts';

/** What the browser says of a `fetch` that has failed, which is very little, and what may be the reason. */
export function describeFetchFailure(failed: Failed, error: unknown, options: FetchOptions): Failure {
  if (error instanceof ConnectionError)
    return describeFailure(failed, error, () => ({ code: codeOf(error) ?? 'UNKNOWN', cause: error.message }));
  const { phase, where, request } = failed;
  const peer = cutPeer(where);
  const what = phase === 'body' ? `The response from ${peer} broke off` : `The request to ${peer} failed`;
  const words = `the browser says "${messageOf(error)}"; its console may say more`;
  const message = `${what}: ${words}. ${adviceFor(phase, options)} (FETCH_FAILED).`;
  return { phase, code: 'FETCH_FAILED', message, request } satisfies OwnFailure;
}

/** Short: the log takes messages of up to 400 characters. */
function adviceFor(phase: FailurePhase, { mode, cache, targetAddressSpace }: FetchOptions): string {
  if (phase === 'body')
    return 'The connection was lost, or the body does not match its Content-Length or Content-Encoding';
  if (cache === 'only-if-cached')
    return "fetch.cache is 'only-if-cached': check that the browser has stored a response";
  if (mode === 'same-origin')
    return "fetch.mode is 'same-origin': check that the server runs, and that nothing leads to another origin";
  const space = targetAddressSpace ? `, that it is ${targetAddressSpace} (fetch.targetAddressSpace)` : '';
  return `Check that the server runs, that it allows this page (CORS)${space}, ${OTHER_CHECKS}`;
}

const OTHER_CHECKS =
  'and that the user has allowed local servers; also redirect loops, mixed content, and connect-src (CSP)';
