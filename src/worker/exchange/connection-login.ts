/** Whether a request logs in a connection, and not itself (RFC 4559 section 6): nobody else is to have that. */
export function logsInConnection(headers: readonly string[]): boolean {
  return headers.some((header) => LOGIN.test(header));
}

const LOGIN = /^(?:proxy-)?authorization:[\t ]*(?:ntlm|negotiate)/i;
