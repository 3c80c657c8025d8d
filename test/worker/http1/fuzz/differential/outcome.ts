import { DEFAULT_REQUEST } from '../../notation.ts';
import { drive } from '../drive.ts';
import type { Input } from '../input.ts';

/** What a client made of a response that ended with its connection. Bytes as characters. */
export interface Outcome {
  /** Null: all of a response came. Otherwise what was wrong. */
  readonly failure: string | null;
  readonly status: number;
  /** `Name: value\n` lines. */
  readonly fields: string;
  readonly body: string;
  readonly trailers: string;
  /** What came behind a 101, or a 2xx to a CONNECT; null without one. */
  readonly tunnel: string | null;
  /** Null: can't be told. */
  readonly keepAlive: boolean | null;
}

export const NOTHING: Outcome = {
  failure: null,
  status: 0,
  fields: '',
  body: '',
  trailers: '',
  tunnel: null,
  keepAlive: null,
};

export interface OurOutcome extends Outcome {
  /** What came behind the response. */
  readonly left: string;
}

export function ourOutcome(input: Input): OurOutcome {
  const { witness, error, left } = drive(input, [], 'fed');
  const status = witness.head?.statusCode ?? 0;
  const tunnelled = status === 101 || (input.request.method === 'CONNECT' && status >= 200 && status < 300);
  return {
    failure: error && `${error.code}: ${error.message}`,
    status,
    fields: witness.fields,
    body: witness.body,
    trailers: witness.trailers,
    tunnel: tunnelled ? left : null,
    keepAlive: witness.head?.keepAlive ?? null,
    left,
  };
}

/**
 * An input as peers can be asked about it: limits are everybody's own, and a server that never closes would
 * only make everyone wait. From most, what is left behind the response is taken away, as it ends connections
 * in several ways. Whoever sees the response end elsewhere still shows it.
 */
export function peerInput(input: Input): Input {
  const { method, upgrade } = input.request;
  const request = { ...DEFAULT_REQUEST, method, upgrade: upgrade && method === 'GET', close: true };
  const whole = { ...input, request };
  const { failure, tunnel, left } = ourOutcome(whole);
  if (failure !== null || tunnel !== null || input.seed % 8 === 0) return whole;
  return { ...whole, bytes: input.bytes.slice(0, input.bytes.length - left.length) };
}

const ASPECTS = ['status', 'fields', 'body', 'trailers', 'tunnel', 'keepAlive'] as const;
export type Aspect = 'failure' | (typeof ASPECTS)[number];

/**
 * The first thing in which two outcomes differ; null if they agree. Two failures agree, whatever came before.
 */
export function compareOutcomes(ours: Outcome, theirs: Outcome): Aspect | null {
  if ((ours.failure === null) !== (theirs.failure === null)) return 'failure';
  if (ours.failure !== null) {
    const agree = ours.body.startsWith(theirs.body) || theirs.body.startsWith(ours.body);
    return agree ? null : 'body';
  }
  for (const aspect of ASPECTS) {
    if (aspect === 'keepAlive' && theirs.keepAlive === null) continue;
    if (ours[aspect] !== theirs[aspect]) return aspect;
  }
  return null;
}
