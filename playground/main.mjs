/**
 *     npm run playground              builds, and serves the playground on free ports
 *     npm run playground -- 8080      on the ports 8080 and 8081
 */
import { openPlayground } from './server.mjs';

const [port = '0'] = process.argv.slice(2);
const first = Number(port);
if (!Number.isInteger(first) || first < 0 || first > 65_534) {
  console.error(`The port must be 0 to 65534, not ${port}.`);
  process.exit(1);
}

const { isolated, plain } = await openPlayground(first);
console.log(`isolated, shared memory:  ${isolated}
not isolated, messages:   ${plain}

Open one of them in a browser; it leads to the other. Ctrl-C ends both.`);
