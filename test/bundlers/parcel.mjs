/**
 * The text of a script that runs parcel. Without this setting in package.json parcel does not look at `exports` of
 * packages.
 *
 * @param {object} options
 */
export function parcelScript(options) {
  return `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { Parcel } from '@parcel/core';
    const before = readFileSync('package.json', 'utf8');
    const resolver = { '@parcel/resolver-default': { packageExports: true } };
    writeFileSync('package.json', JSON.stringify({ ...JSON.parse(before), ...resolver }));
    const common = { defaultConfig: '@parcel/config-default', shouldDisableCache: true };
    try {
      await new Parcel({ ...common, ...${JSON.stringify(options)} }).run();
    } finally {
      writeFileSync('package.json', before);
    }`;
}
