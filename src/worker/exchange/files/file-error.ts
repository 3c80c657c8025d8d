import type { Result } from '../../../shared/enums.ts';
import type { Failure, FailureCode } from '../../../shared/failure.ts';
import type { ForeignCode } from '../../../shared/kinds.ts';

/** Our own code, that of Node's error, or one of the system's for a fault that the system did not find. */
type FileErrorCode = FailureCode | ForeignCode | 'ELOOP';

/** Why the file of a download can't be opened or written. The message is for people, and names the file. */
export class FileError extends Error {
  readonly result: Result;
  readonly code: FileErrorCode;

  constructor(result: Result, code: FileErrorCode, message: string) {
    super(message);
    this.result = result;
    this.code = code;
  }
}

/** What ended a download, as it is reported. */
export interface FileFailure {
  readonly result: Result;
  readonly failure: Failure;
}

export function fileFailure(result: Result, code: FileErrorCode, message: string): FileFailure {
  return { result, failure: { phase: 'body', code, message, request: 'answered' } };
}
