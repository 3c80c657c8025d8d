/** Where this runs. The build for another platform has its own in place of this file. */
export { place } from './node/node.ts';
