import { latin1 } from '../../shared/field-text.ts';

/** The fields of an answer that decide what is done next. */
export interface AnswerFields {
  /** Milliseconds that the server keeps the connection; null if it does not say. */
  readonly keepAlive: number | null;
  /** The values of all Location fields, with one character for each byte. */
  readonly locations: readonly string[];
}

/** `fields` are `Name: value\n` lines. */
export function answerFields(fields: Uint8Array): AnswerFields {
  const text = latin1(fields);
  const seconds = KEEP_ALIVE.exec(text)?.[1];
  return {
    keepAlive: seconds === undefined ? null : Number(seconds) * 1000,
    locations: Array.from(text.matchAll(LOCATION), ([, value = '']) => value),
  };
}

const KEEP_ALIVE = /^keep-alive: (?:.*[,\t ])?timeout[\t ]*=[\t ]*"?(\d{1,9})/im;
const LOCATION = /^location: (.*)$/gim;
