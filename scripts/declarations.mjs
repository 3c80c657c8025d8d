/**
 * Puts the declarations of the public API into one file, without what only the inside uses. It is CommonJS's:
 * the ES module's declarations lead to it, so that a program that has both formats has one `HTTPClient`, and the
 * compiler takes the objects of either for those of the other, as the formats do.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

/** @param {string} name */
const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const MODULE = path('dist/main/index.d.ts');
const COMMON = path('dist/main/index.d.cts');

/** `Symbol.dispose`, for programs whose own `lib` is older. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

const { compilerOptions } = JSON.parse(readFileSync(path('tsconfig.json'), 'utf8'));
const off = { enabled: false };
const config = ExtractorConfig.prepare({
  configObject: {
    projectFolder: path(''),
    mainEntryPointFilePath: MODULE,
    compiler: {
      // Nothing of Node's may be needed.
      overrideTsconfig: { compilerOptions: { ...compilerOptions, types: [] }, files: [MODULE] },
    },
    newlineKind: 'lf',
    dtsRollup: { enabled: true, untrimmedFilePath: COMMON },
    apiReport: off,
    docModel: off,
    tsdocMetadata: off,
  },
  configObjectFullPath: undefined,
  packageJsonFullPath: path('package.json'),
});
const { succeeded } = Extractor.invoke(config, {
  localBuild: true,
  messageCallback: (message) => {
    message.handled = message.logLevel === 'info' || message.logLevel === 'verbose';
  },
});
if (!succeeded) process.exit(1);
// `#private` makes the compiler tell our objects from those that only look like them. Up to TypeScript 5.9 it is an
// error where the target is ES5, which was the default; a member that is private in the language is none.
const text = readFileSync(COMMON, 'utf8').replace(
  /(class (\w+)[^{]*\{\n\s+)#private;/g,
  "$1private readonly '#$2';",
);
if (text.includes('#private')) throw new Error('a class with #private was not recognised');
writeFileSync(COMMON, DISPOSABLE + text);
for (const file of [MODULE, path('dist/main/inline.d.ts'), path('dist/main/inline.d.cts')])
  writeFileSync(file, "export * from './index.cjs';\n");
// Files to copy, and nothing to import.
for (const file of ['dist/worker/index.d.cts', 'dist/browser/worker.d.ts'])
  writeFileSync(path(file), 'export {};\n');
