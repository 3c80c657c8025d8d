const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** What needs no DNS. */
export function isAddress(host: string): boolean {
  return IPV4.test(host) || isIPv6(host);
}

/** Without the zone that an address of a link may carry (`fe80::1%eth0`), which URLs do not know. */
export function isIPv6(host: string): boolean {
  return host.includes(':') && URL.canParse(`http://[${host.replace(/%\w+$/, '')}]`);
}

/** One that can be connected to. */
export function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}
