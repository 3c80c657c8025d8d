/**
 *     npm run demo              large and small downloads through tickhttp and through fetch, under a game loop
 *     npm run demo -- <url>     downloads <url> through tickhttp, under a game loop
 */
import { compare } from './compare.mjs';
import { downloadUrl } from './download-url.mjs';

const [url] = process.argv.slice(2);
process.exitCode = url === undefined ? await compare() : await downloadUrl(url);
