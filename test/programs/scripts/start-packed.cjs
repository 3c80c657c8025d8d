const { fileURLToPath } = require('node:url');

// As Electron starts a program: the preload makes archives folders, and PROGRAM is in one.
const { WORKER_PRELOAD = '', PROGRAM = '' } = process.env;
require(fileURLToPath(WORKER_PRELOAD));
require(PROGRAM);
