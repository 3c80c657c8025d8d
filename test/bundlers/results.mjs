/**
 * What program.mjs has printed of its four requests.
 *
 * @typedef {Record<string, { result: number | { code: string, message: string }, ms: number }>} Results
 *
 * @param {string} output
 * @returns {Results}
 */
export function readResults(output) {
  const line = /^\{"blocking".*$/m.exec(output)?.[0];
  if (line === undefined) throw new Error(`it ended well, but printed no results:\n${output}`);
  return JSON.parse(line);
}
