const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Whether this is an IP address, which needs no DNS. */
export function isAddress(host: string): boolean {
  return IPV4.test(host) || isIPv6(host);
}

/** Whether this is an IPv6 address. A zone at its end (`fe80::1%eth0`) is left out, since URLs have none. */
export function isIPv6(host: string): boolean {
  return host.includes(':') && URL.canParse(`http://[${host.replace(/%\w+$/, '')}]`);
}

/** Whether this is a valid port to connect to. */
export function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

/** A host as in a URL: IPv6 in brackets, and without its zone, which has a meaning on this machine only (RFC 6874). */
export function inBrackets(host: string): string {
  // Only IPv6 has a colon. isIPv6() would take 5 ms of the first request, to compile a large regular expression.
  return host.includes(':') ? `[${host.replace(/%.*/, '')}]` : host;
}

/** `host:port`, for CONNECT and for messages. */
export function hostAndPort(host: string, port: number): string {
  return `${inBrackets(host)}:${port}`;
}
