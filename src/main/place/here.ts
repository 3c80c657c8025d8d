/** The platform that this runs on. The build for another platform replaces this file. */
export { place } from './node/node.ts';
