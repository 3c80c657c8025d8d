/** The whole worker. The build puts its text here (scripts/bundle.mjs). */
export const WORKER: string = '';
