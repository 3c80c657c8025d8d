/**
 * Where the server of the benches listens: origins, like `http://127.0.0.1:8080`.
 * @typedef {object} Server
 * @property {string} http
 * @property {string} https
 * @property {string} ca the certificate to trust, as PEM
 */

/**
 * One figure that every peer of a bench reports.
 * @typedef {object} Metric
 * @property {string} name the key in a {@link Sample}
 * @property {string} label with its unit
 * @property {'less' | 'more'} better
 */

/**
 * What one run of one peer has measured, by metric.
 * @typedef {Record<string, number>} Sample
 */

/**
 * What is compared, in a process of its own for each run: so a peer warms up and connects by itself.
 * @callback Peer
 * @param {Server} server
 * @returns {Sample | Promise<Sample>}
 */

/**
 * @typedef {object} Bench
 * @property {string} title
 * @property {readonly Metric[]} metrics
 * @property {Readonly<Record<string, Peer>>} peers
 * @property {string} [reference] the peer, one of tickhttp's, that the others are compared with; without it
 *   nothing is compared
 */

/**
 * @typedef {object} PeerResult
 * @property {Sample[]} samples one for each round that did not fail
 * @property {string[]} failures
 */

/**
 * @typedef {Record<string, PeerResult>} BenchResult by peer
 */

export {};
