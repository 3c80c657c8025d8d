/**
 * Opens `first` at a port that the system chooses, and `second` at the same port of another address. Where somebody else
 * has that one, both are opened anew.
 */
export async function samePort<A extends { readonly port: number }, B>(
  first: () => Promise<A>,
  second: (port: number) => Promise<B>,
): Promise<{ first: A; second: B; port: number }> {
  for (;;) {
    const opened = await first();
    const { port } = opened;
    const other = await second(port).catch((error: unknown) => {
      if (!String(error).includes('EADDRINUSE')) throw error;
      return null;
    });
    if (other !== null) return { first: opened, second: other, port };
  }
}
