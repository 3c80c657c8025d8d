import type { Result } from '../../../shared/enums.ts';
import type { Failure } from '../../../shared/failure.ts';

/** Why the file of a download can't be opened or written. The message is for people, and names the file. */
export class FileError extends Error {
  readonly result: Result;
  readonly code: string;

  constructor(result: Result, code: string, message: string) {
    super(message);
    this.result = result;
    this.code = code;
  }
}

/** What ended a download, as it is told. */
export interface FileFailure {
  readonly result: Result;
  readonly failure: Failure;
}

export function fileFailure(result: Result, code: string, message: string): FileFailure {
  return { result, failure: { phase: 'body', code, message, request: 'answered' } };
}
