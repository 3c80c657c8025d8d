/** The entry `tickhttp/inline`. The build puts the worker into it. */
export * from './index.ts';
