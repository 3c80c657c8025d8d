/** What the charts are made of: SVG as text, one element a line. */

export const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif';

export const COLORS = {
  card: '#ffffff',
  border: '#d8dee4',
  text: '#1f2328',
  quiet: '#656d76',
  grid: '#e6eaef',
  own: '#1fa39a',
  other: '#a8b3c1',
  whisker: '#1f2328',
};

/**
 * A card with a background of its own, so that it can be read on light pages and dark ones.
 * @param {{ width: number, height: number, title: string, notes: readonly string[], body: readonly string[] }} options
 */
export function card({ width, height, title, notes, body }) {
  const size = `width="${width}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}" font-family="${FONT}" role="img">`,
    `<title>${escaped(title)}</title>`,
    rectangle({
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      fill: COLORS.card,
      stroke: COLORS.border,
      rx: 8,
    }),
    text(title, { x: 20, y: 32, size: 17, bold: true }),
    ...notes.map((note, line) => text(note, { x: 20, y: 53 + 18 * line, fill: COLORS.quiet })),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {{ x: number, y: number, width: number, height: number, fill: string, stroke?: string, rx?: number }} box */
export function rectangle({ x, y, width, height, fill, stroke = 'none', rx = 0 }) {
  const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
  return `<rect ${place} rx="${rx}" fill="${fill}" stroke="${stroke}"/>`;
}

/** @param {{ x1: number, y1: number, x2: number, y2: number, stroke: string, width?: number }} look */
export function line({ x1, y1, x2, y2, stroke, width = 1 }) {
  const ends = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`;
  return `<line ${ends} stroke="${stroke}" stroke-width="${width}"/>`;
}

/**
 * @param {string} words
 * @param {{ x: number, y: number, size?: number, bold?: boolean, fill?: string, anchor?: 'start' | 'middle' | 'end' }} look
 */
export function text(words, { x, y, size = 13, bold = false, fill = COLORS.text, anchor = 'start' }) {
  const weight = bold ? ' font-weight="600"' : '';
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"`;
  return `<text ${place} font-size="${size}"${weight} fill="${fill}">${escaped(words)}</text>`;
}

/** @param {string} words */
function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
