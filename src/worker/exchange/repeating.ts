import type { RequestFate } from '../../shared/failure.ts';

/**
 * Whether a request that was lost with a connection that had carried others may be made again (RFC 9110 section 9.2.2):
 * of any method if no byte of it was sent, an idempotent one if there was no answer, but that once only.
 */
export function mayRepeat(method: string, fate: RequestFate | null, repeated: boolean): boolean {
  if (fate === 'unsent') return true;
  return fate === 'unanswered' && !repeated && IDEMPOTENT.has(method);
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']);
