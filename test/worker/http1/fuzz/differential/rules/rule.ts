import type { Input } from '../../input.ts';
import type { Aspect, OurOutcome, Outcome } from '../outcome.ts';

/** A peer made something else of an input than we. */
export interface Difference {
  readonly peer: string;
  readonly input: Input;
  /** What the server sent, bytes as characters. */
  readonly text: string;
  readonly ours: OurOutcome;
  readonly theirs: Outcome;
  /** The first thing that differs. */
  readonly aspect: Aspect;
}

/** Why a difference is right. What no rule explains is a fault, of the parser's or of the rules'. */
export interface Rule {
  readonly name: string;
  /** The section that decides, or that leaves it open. */
  readonly rfc: string;
  readonly why: string;
  /** As narrow as can be: the peer, what the input has in it, what was said of it. */
  readonly explains: (difference: Difference) => boolean;
}

/** We have read all of a response that the peer refuses, saying so. */
export function theyRefuse({ peer, ours, theirs }: Difference, message: RegExp): boolean {
  if (ours.failure !== null || theirs.failure === null) return false;
  // What undici says when llhttp refuses the lines behind a Content-Length.
  const hidden = peer === 'undici' && theirs.status === 0 && /CONTENT_LENGTH_MISMATCH/.test(theirs.failure);
  return hidden || message.test(theirs.failure);
}

/** The peer has read all of a response that we refuse, saying so. */
export function weRefuse({ ours, theirs }: Difference, message: RegExp): boolean {
  return theirs.failure === null && ours.failure !== null && message.test(ours.failure);
}

/** The response ends with its head, whatever that says (RFC 9112 section 6.3, rules 1 and 2). */
export function isBodiless({ input, ours }: Difference): boolean {
  return input.request.method === 'HEAD' || ours.tunnel !== null || [204, 304].includes(ours.status);
}
