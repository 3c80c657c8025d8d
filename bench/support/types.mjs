/**
 * Where a server listens: origins, like `http://127.0.0.1:8080`.
 * @typedef {{ http: string, https: string }} Origins
 */

/**
 * The servers of the benches. Ours knows all requests; bodies with a length come from the best there is.
 * @typedef {object} ServerExtras
 * @property {Origins} fixed serves `/bytes/<n>` for the sizes in amounts.mjs: nginx, or ours
 * @property {string} software of `fixed`: "nginx 1.22.1", or "node"
 * @property {string} ca the certificate to trust, as PEM
 * @property {string} certificate the file with it: fetch takes it from nowhere else
 */

/** @typedef {Origins & ServerExtras} Server */

/**
 * One figure that every peer of a bench reports.
 * @typedef {object} Metric
 * @property {string} name the key in a {@link Sample}
 * @property {string} label with its unit
 * @property {'less' | 'more'} better
 */

/**
 * Many values that every run of a peer reports, all in milliseconds: how often each was measured is drawn, by peer.
 * @typedef {object} Distribution
 * @property {string} name the key in a {@link Sample}, whose value is an array
 * @property {string} label
 * @property {string} unit
 */

/**
 * What one run of one peer has measured, by metric and distribution.
 * @typedef {Record<string, number | readonly number[]>} Sample
 */

/**
 * Measures once.
 * @typedef {() => Sample | Promise<Sample>} Run
 */

/**
 * What is compared, in a process of its own, where it warms up and connects by itself. It returns what it has
 * measured, and has a new process in the next round; or how to measure, and stays as it is until the last.
 * @callback Peer
 * @param {Server} server
 * @returns {Sample | Run | Promise<Sample | Run>}
 */

/**
 * @typedef {object} Bench
 * @property {string} title
 * @property {string} warmUp what each client does before it is measured, like "10000 such requests"; "none" where it is cold
 * @property {readonly Metric[]} metrics
 * @property {readonly Distribution[]} [distributions]
 * @property {Readonly<Record<string, Peer>>} peers
 * @property {string} [reference] the peer, one of tickhttp's, that the others are compared with; without it
 *   nothing is compared
 */

/**
 * One metric of one peer over the rounds.
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} least
 * @property {number} most
 * @property {number | null} ratio how many times better the reference's median is; null for the reference itself,
 *   and where there is nothing to compare
 */

/**
 * @typedef {object} PeerReport
 * @property {Record<string, number>[]} samples the metrics of each round that did not fail
 * @property {Record<string, Summary>} summary by metric
 * @property {Record<string, number[]>} histograms by distribution: how many values fell into each bucket
 * @property {string[]} failures
 */

/**
 * @typedef {object} BenchReport
 * @property {string} title
 * @property {string} warmUp
 * @property {readonly Metric[]} metrics
 * @property {readonly Distribution[]} distributions
 * @property {string | null} reference
 * @property {number} seconds
 * @property {Record<string, PeerReport>} peers
 */

/**
 * What --json writes, and charts and documents are made of.
 * @typedef {object} Report
 * @property {string} date
 * @property {string} machine
 * @property {Record<string, string>} versions of what was measured
 * @property {string} software of the server of bodies with a length
 * @property {number} rounds
 * @property {number} seconds
 * @property {number[]} load averages before and after
 * @property {{ demo: string[], assetLoader: string[] }} programs lines that they wrote; none without --docs
 * @property {Record<string, BenchReport>} benches
 */

export {};
