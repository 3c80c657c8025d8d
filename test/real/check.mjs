/** Says which servers `npm run test:real` finds. It installs nothing, and fails if one is missing. */
import { findProgram, PROGRAMS, versionOf } from './support/programs.mjs';

/** @type {string[]} */
const missing = [];

for (const { name, purpose, debianPackage, versionOption } of PROGRAMS) {
  const path = findProgram(name);
  if (path === undefined) missing.push(debianPackage);
  const found = path === undefined ? 'MISSING' : versionOf(path, versionOption);
  console.log(`${name.padEnd(10)} ${found.padEnd(8)} ${purpose}`);
}

if (missing.length > 0) {
  console.error(`\nThese tests need what is missing. On Debian: apt-get install ${missing.join(' ')}`);
  process.exitCode = 1;
}
