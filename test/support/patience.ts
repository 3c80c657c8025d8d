/**
 * How long a test waits for what must happen, in milliseconds. A test that passes never waits so long, unless the
 * machine stands still for seconds, as one does that others use too.
 */
export const PATIENCE = 20_000;
