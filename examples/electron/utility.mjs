import { runChecks } from './checks.mjs';

const { parentPort } = process;
parentPort.postMessage(await runChecks((line) => parentPort.postMessage(line)));
