/**
 * The items that the arguments of a program choose, all of them without arguments. Throws for an argument that chooses
 * none: after a slip of the pen nothing would be tested, and nothing fail.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {readonly string[]} args
 * @param {(item: T, argument: string) => boolean} fits
 * @param {readonly string[]} names what can be given, for the message
 */
export function chosen(items, args, fits, names) {
  const useless = args.find((argument) => !items.some((item) => fits(item, argument)));
  if (useless !== undefined)
    throw new Error(`nothing here is called ${JSON.stringify(useless)}; there are ${names.join(' | ')}`);
  return items.filter((item) => args.length === 0 || args.some((argument) => fits(item, argument)));
}

/**
 * What `read` returns. If it throws, the program ends with status 1 and the message.
 *
 * @template T
 * @param {() => T} read
 */
export function orExit(read) {
  try {
    return read();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(1);
  }
}
