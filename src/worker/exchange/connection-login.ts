/**
 * Whether the login of a request is valid for its whole connection (RFC 4559 section 6). Nobody else may use that then.
 */
export function logsInConnection(headers: readonly string[]): boolean {
  return headers.some((header) => LOGIN.test(header));
}

const LOGIN = /^(?:proxy-)?authorization:[\t ]*(?:ntlm|negotiate)/i;
