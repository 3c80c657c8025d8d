/** The build puts the texts here (scripts/bundle.mjs). A thread starts with this one: `src/worker/node/first.ts`. */
export const START: string = '';

/** The whole worker. Empty where it is a file. */
export const WORKER: string = '';
