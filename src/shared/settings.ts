/** What can be configured, as the worker is told of it. Plain data: it travels in messages (messages.ts). */

/** The options of a client that its worker must know. */
export interface ClientSettings {
  readonly limits: HeadLimits;
  readonly timeouts: WorkerTimeouts;
  readonly localAddress: string | null;
  readonly family: Family;
  /** Milliseconds for which an answer of DNS may be used again. */
  readonly dnsLifetime: number;
  /** Milliseconds without a byte after which TCP asks whether the peer is there; 0 for never. */
  readonly tcpKeepAlive: number;
  /** Whether servers are asked for packed bodies, and these are unpacked. */
  readonly decompress: boolean;
}

export type Family = 0 | 4 | 6;

/** Milliseconds; 0 for no limit. `HTTPClientOptions` says what they are about. */
export interface WorkerTimeouts {
  readonly resolve: number;
  readonly connect: number;
  readonly tls: number;
  readonly headers: number;
  readonly body: number;
  readonly request: number;
}

/** How much of a response head (and of a trailer section) is taken before the response is refused. */
export interface HeadLimits {
  /** Bytes. */
  readonly maxHeadSize: number;
  /** Field lines. */
  readonly maxHeadFields: number;
}

/** A certificate, a chain of them, a key or a revocation list; DER only as bytes. */
export type PEMorDER = string | Uint8Array;

/** One or many. */
export type Material = PEMorDER | readonly PEMorDER[];

export type TLSVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** `TLSOptions` as plain data. Its properties always have the same order, since the worker makes a key of it. */
export interface TLSSettings {
  /** False: no name is checked, and a chain only against a `trustedChain`. */
  readonly verify: boolean;
  /** Roots to trust instead of `roots`. */
  readonly trustedChain: Material | null;
  /** The name the certificate must carry, where it is not the host's. */
  readonly commonNameOverride: string;
  readonly certificate: Material | null;
  readonly key: PEMorDER | null;
  readonly pfx: Uint8Array | null;
  readonly passphrase: string | null;
  readonly minVersion: TLSVersion;
  readonly maxVersion: TLSVersion;
  readonly alpnProtocols: readonly string[];
  /** For SNI; empty: the override, else the host. */
  readonly serverName: string;
  readonly pins: readonly string[];
  readonly revocationLists: Material | null;
  readonly ciphers: string | null;
  readonly ecdhCurve: string | null;
  /** Bits of OpenSSL's; 0 for none. */
  readonly secureOptions: number;
  readonly allowPartialTrustChain: boolean;
  readonly roots: 'bundled' | 'system';
}

export type ProxyProtocol = 'http' | 'https' | 'socks5';

export interface ProxyCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a client's options say of its proxies. */
export interface ProxyDefaults {
  /** How a proxy is verified that is reached over TLS. */
  readonly tls: TLSSettings;
  /** For a proxy whose address has none. */
  readonly credentials: ProxyCredentials | null;
}

/** Where a proxy is, and how it is spoken to. */
export interface ProxyAddress {
  readonly protocol: ProxyProtocol;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: ProxyCredentials | null;
}

export interface ProxySettings extends ProxyAddress {
  /** How the proxy is verified: not null where `protocol` is `https`. */
  readonly tls: TLSSettings | null;
}

/** What the variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say; `''` for one that is not set. */
export interface ProxyEnvironment {
  readonly http: string;
  readonly https: string;
  readonly all: string;
  readonly no: string;
}

/** What a whole request must be made with. */
export interface RequestSettings {
  readonly client: ClientSettings;
  /** For https: URLs. */
  readonly tls: TLSSettings;
  /** The proxies that were set, for http: and https: URLs. */
  readonly httpProxy: ProxyAddress | null;
  readonly httpsProxy: ProxyAddress | null;
  /** Decides about the proxy where none was set. */
  readonly environment: ProxyEnvironment | null;
  readonly proxyDefaults: ProxyDefaults;
  readonly followRedirects: boolean;
  readonly allowInsecureRedirects: boolean;
  /** Names of fields that no other origin is told. */
  readonly sensitiveHeaders: readonly string[];
}

/** How a thread keeps the connections of whole requests. */
export interface Keeping {
  /** Connections to one origin at once. */
  readonly connectionsPerOrigin: number;
  /** Milliseconds that an idle one is kept; 0: not at all. */
  readonly keepAliveTimeout: number;
}
