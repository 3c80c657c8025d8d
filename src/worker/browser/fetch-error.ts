import { codeOf, messageOf } from '../../shared/kinds.ts';
import { ConnectionError } from '../connection/connection-error.ts';
import type { Explanation } from '../connection/network.ts';

/** What the browser says of a `fetch` that has failed, which is very little. */
export function explain(error: unknown): Explanation {
  if (error instanceof ConnectionError) return { code: codeOf(error) ?? 'UNKNOWN', cause: error.message };
  return { code: 'FETCH_FAILED', cause: `the browser says "${messageOf(error)}". ${ADVICE}` };
}

const ADVICE =
  'It tells pages no more; its console may. Check that the server runs, that it allows this page (CORS), and that an ' +
  'https: page asks for no http: URL';
