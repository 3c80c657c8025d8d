/** A failure that is tickhttp's own to find; those of Node and OpenSSL come as they are. */
export class TLSError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What Node and OpenSSL say of an error, without the position in OpenSSL's source. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'reason' in error && typeof error.reason === 'string') return error.reason;
  return error instanceof Error ? error.message : String(error);
}
