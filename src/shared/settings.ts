/** What can be configured, in the form in which the worker gets it: plain data, for messages (messages.ts). */

/** The options of a client that its worker needs. */
export interface ClientSettings {
  readonly limits: HeadLimits;
  readonly timeouts: WorkerTimeouts;
  readonly localAddress: string | null;
  readonly family: Family;
  /** Milliseconds for which an answer of DNS may be used again. */
  readonly dnsLifetime: number;
  /** Milliseconds without a byte after which TCP checks whether the peer is still there; 0 for never. */
  readonly tcpKeepAlive: number;
  /** Whether servers are asked for packed bodies, and these are unpacked. */
  readonly decompress: boolean;
  /** What was set of it, without the defaults. Only pages use it. */
  readonly fetch: FetchOptions;
}

export type Family = 0 | 4 | 6;

/**
 * How the browser makes the requests of a page: its worker hands these options to `fetch`, with each request. In Node
 * they have no effect. What is left out has the browser's default. Any other value throws `TypeError`.
 *
 * https://fetch.spec.whatwg.org/#requestinit
 */
export interface FetchOptions {
  /**
   * Who gets the cookies and logins that the browser keeps, and may set cookies: no server (`'omit'`), those of the
   * page's own origin (`'same-origin'`, the default), or all (`'include'`). With `'include'` a server of another origin
   * has to allow it, with `Access-Control-Allow-Credentials: true` and the page's origin, not `*`. Its cookies are sent
   * only as far as the browser allows cookies of other sites.
   */
  credentials?: 'omit' | 'same-origin' | 'include';
  /**
   * How the browser's cache is used. `'default'`: as the fields of the stored response say. `'no-store'`: not at all.
   * `'reload'`: a response is stored, and none is taken from it. `'no-cache'`: the server is asked whether a stored
   * response is still right. `'force-cache'`: a stored response is taken, however old it is. `'only-if-cached'`: the
   * same, and the server is never asked; without a stored response that is CONNECTION_ERROR, code `FETCH_FAILED`. It
   * needs `mode: 'same-origin'`.
   */
  cache?: 'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached';
  /**
   * Whether servers of other origins may be asked, if they allow the page (`'cors'`, the default), or not
   * (`'same-origin'`). With `'same-origin'` a request to another origin, or a redirect there, is CONNECTION_ERROR, code
   * `FETCH_FAILED`. There is no `'no-cors'`, because nothing of its responses can be read.
   */
  mode?: 'cors' | 'same-origin';
  /** How important the requests are among those of the same kind. Default `'auto'`. */
  priority?: 'high' | 'low' | 'auto';
  /**
   * Where the server is: on this machine (`'loopback'`), in the local network (`'local'`), or elsewhere (`'public'`).
   * If it is not there, that is CONNECTION_ERROR, code `FETCH_FAILED`. With `'local'` an `https:` page may ask an
   * `http:` server by a name that does not tell that it is local, if the user allows it. Chrome has this from version
   * 142 on; browsers that don't know it ignore it. Default: not said.
   *
   * https://wicg.github.io/local-network-access/
   */
  targetAddressSpace?: 'loopback' | 'local' | 'public';
}

/** Time limits in milliseconds; 0 for no limit. `HTTPClientOptions` describes each of them. */
export interface WorkerTimeouts {
  readonly resolve: number;
  readonly connect: number;
  readonly tls: number;
  readonly headers: number;
  readonly body: number;
  readonly request: number;
}

/** How large a response head (and a trailer section) may be. A larger one is refused. */
export interface HeadLimits {
  /** Bytes. */
  readonly maxHeadSize: number;
  /** Field lines. */
  readonly maxHeadFields: number;
}

/** A certificate, a chain of certificates, a key or a revocation list. DER must be given as bytes. */
export type PEMorDER = string | Uint8Array;

/** One or many. */
export type Material = PEMorDER | readonly PEMorDER[];

export type TLSVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** `TLSOptions` as plain data. Its properties always have the same order, since the worker makes a key from it. */
export interface TLSSettings {
  /** False: no name is checked, and the chain is checked only if there is a `trustedChain`. */
  readonly verify: boolean;
  /** Roots to trust instead of `roots`. */
  readonly trustedChain: Material | null;
  /** The name that the certificate must contain, if it is not the host. */
  readonly commonNameOverride: string;
  readonly certificate: Material | null;
  readonly key: PEMorDER | null;
  readonly pfx: Uint8Array | null;
  readonly passphrase: string | null;
  readonly minVersion: TLSVersion;
  readonly maxVersion: TLSVersion;
  readonly alpnProtocols: readonly string[];
  /** The name for SNI. If empty: `commonNameOverride`, or else the host. */
  readonly serverName: string;
  readonly pins: readonly string[];
  readonly revocationLists: Material | null;
  readonly ciphers: string | null;
  readonly ecdhCurve: string | null;
  /** OpenSSL's option bits; 0 for none. */
  readonly secureOptions: number;
  readonly allowPartialTrustChain: boolean;
  readonly roots: 'bundled' | 'system';
}

export type ProxyProtocol = 'http' | 'https' | 'socks5';

export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a client's options say about its proxies. */
export interface ProxyDefaults {
  /** How a proxy is verified, if it is reached over TLS. */
  readonly tls: TLSSettings;
  /** For a proxy whose address has no credentials. */
  readonly credentials: ProxyCredentials | null;
}

/** Where a proxy is, and which protocol it speaks. */
export interface ProxyAddress {
  readonly protocol: ProxyProtocol;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: ProxyCredentials | null;
}

export interface ProxySettings extends ProxyAddress {
  /** How the proxy is verified. Not null if `protocol` is `https`. */
  readonly tls: TLSSettings | null;
}

/** The values of the variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; `''` for one that is not set. */
export interface ProxyEnvironment {
  readonly http: string;
  readonly https: string;
  readonly all: string;
  readonly no: string;
}

/** The settings of a whole request. */
export interface RequestSettings {
  readonly client: ClientSettings;
  /** For https: URLs. */
  readonly tls: TLSSettings;
  /** The proxies that were set, for http: and https: URLs. */
  readonly httpProxy: ProxyAddress | null;
  readonly httpsProxy: ProxyAddress | null;
  /** Decides about the proxy if none was set. */
  readonly environment: ProxyEnvironment | null;
  readonly proxyDefaults: ProxyDefaults;
  readonly followRedirects: boolean;
  readonly allowInsecureRedirects: boolean;
  /** Names of fields that are not sent to another origin. */
  readonly sensitiveHeaders: readonly string[];
}

/** How a thread keeps the connections of whole requests. */
export interface Keeping {
  /** The most connections to one origin at once. */
  readonly connectionsPerOrigin: number;
  /** Milliseconds for which an idle connection is kept; 0: not at all. */
  readonly keepAliveTimeout: number;
}
