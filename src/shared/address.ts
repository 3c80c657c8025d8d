const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Whether this is an IP address, which needs no DNS. */
export function isAddress(host: string): boolean {
  return IPV4.test(host) || isIPv6(host);
}

/** Whether this is an IPv6 address. A zone at its end (`fe80::1%eth0`) is left out, since URLs have none. */
export function isIPv6(host: string): boolean {
  return host.includes(':') && URL.canParse(`http://[${host.replace(/%\w+$/, '')}]`);
}

/** Whether one can connect to this port. */
export function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}

/** A host as it stands in a URL: IPv6 in brackets, and without the zone, which is this machine's own (RFC 6874). */
export function inBrackets(host: string): string {
  // The only hosts with a colon. isIPv6() would first compile a large expression, 5 ms of the first request.
  return host.includes(':') ? `[${host.replace(/%.*/, '')}]` : host;
}

/** `host:port`, as for CONNECT and for people. */
export function hostAndPort(host: string, port: number): string {
  return `${inBrackets(host)}:${port}`;
}
