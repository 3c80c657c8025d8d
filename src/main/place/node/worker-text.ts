/** The build puts the texts here (scripts/bundle.mjs). This is what a thread starts with: `src/worker/node/first.ts`. */
export const START: string = '';

/** The whole worker. Empty where it is a file. */
export const WORKER: string = '';
