import { CHUNK_RULES } from './chunks.ts';
import { CONNECTION_RULES } from './connections.ts';
import { FRAMING_RULES } from './framing.ts';
import { HEAD_RULES } from './heads.ts';
import { KEEP_ALIVE_RULES } from './keep-alive.ts';
import type { Rule } from './rule.ts';

/** The first that explains a difference counts. */
export const RULES: readonly Rule[] = [
  ...CONNECTION_RULES,
  ...KEEP_ALIVE_RULES,
  ...FRAMING_RULES,
  ...CHUNK_RULES,
  ...HEAD_RULES,
];
