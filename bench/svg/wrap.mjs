/** Characters of a line under a chart's title. */
const WIDTH = 112;

/**
 * @param {string} title
 * @returns {string[]}
 */
export function titleLines(title) {
  /** @type {string[]} */
  const lines = [];
  for (const word of title.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (lines.length > 0 && longer.length <= WIDTH) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}
