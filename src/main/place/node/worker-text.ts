/** The build puts both texts here (scripts/bundle.mjs). A thread starts with this one: `src/worker/node/first.ts`. */
export const START: string = '';

/** The whole worker; empty if it is a file. */
export const WORKER: string = '';
