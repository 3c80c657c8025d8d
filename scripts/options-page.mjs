/**
 * Writes the tables of docs/options.md from the TSDoc of the options, which is the one place where each is described.
 *
 *     node scripts/options-page.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = new URL('../docs/options.md', import.meta.url);
/** All declarations of the package, in one file. `npm run build` makes it. */
const DECLARATIONS = new URL('../dist/main/index.d.cts', import.meta.url);

const TABLE = /<!-- options of (\w+) -->\n.*?<!-- end of options -->/gs;

/**
 * The page with its tables as the declarations have them.
 *
 * @param {string} page
 * @param {string} declarations
 */
export function withTables(page, declarations) {
  return page.replace(TABLE, (_old, name) => {
    const rows = optionsOf(declarations, name).map(({ option, text }) => `| \`${option}\` | ${text} |\n`);
    const table = `| option | what it does |\n|---|---|\n${rows.join('')}`;
    return `<!-- options of ${name} -->\n${table}<!-- end of options -->`;
  });
}

/**
 * The options that an interface or a class has, an option of an option as `limits.headSize`. Of a class they are what
 * can be set.
 *
 * @param {string} declarations
 * @param {string} name
 */
function optionsOf(declarations, name) {
  const [body = ''] = new RegExp(`(?:interface|class) ${name}\\b.*?\n}\n`, 's').exec(declarations) ?? [];
  const isClass = /^class/.test(body);
  const options = [];
  let comment = '';
  let outer = '';
  for (const line of body.split('\n')) {
    const [, begin] = /^ *\/\*\*(.*)$/.exec(line) ?? [];
    const [, more] = /^ *\*(?!\/)(.*)$/.exec(line) ?? [];
    const [, option, type] = /^ {4,8}(?:get )?(\w+)\??(?:\(\))?: (.*)$/.exec(line) ?? [];
    if (begin !== undefined) comment = begin;
    else if (more !== undefined) comment += `\n${more}`;
    else if (/^ {4}\S/.test(line) && line.trim() === '};') outer = '';
    if (option === undefined) continue;
    if (type === '{') outer = `${option}.`;
    const nested = /^ {8}/.test(line) ? outer : '';
    const canBeSet = !isClass || new RegExp(`^ {4}set ${option}\\(`, 'm').test(body);
    if (canBeSet && (comment !== '' || nested !== '')) {
      options.push({ option: nested + option, text: textOf(comment) });
    }
    comment = '';
  }
  if (options.length === 0) throw new Error(`The declarations have no options of ${name}.`);
  return options;
}

/** @param {string} comment */
function textOf(comment) {
  return comment
    .replace(/\*\/\s*$/, '')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, withTables(page, readFileSync(DECLARATIONS, 'utf8')));
}
