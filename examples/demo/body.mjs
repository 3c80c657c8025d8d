/**
 * The bodies that the demo's server sends: every page of 4096 bytes begins with its number, so bytes that are
 * lost, doubled or out of order are found by looking at one in 4096.
 */
const PAGE = 4096;
const MARKS = 256;

/** What the server sends over and over. */
export function bodyBlock() {
  const block = Buffer.alloc(PAGE * MARKS, 'tickhttp ');
  for (let page = 0; page < MARKS; page++) block[page * PAGE] = page;
  return block;
}

/** Consumes one body: counts its bytes and looks at the first of each page. */
export class BodyCheck {
  received = 0;
  intact = true;

  /** @param {Uint8Array} chunk */
  take(chunk) {
    const begin = this.received;
    for (let at = Math.ceil(begin / PAGE) * PAGE; at < begin + chunk.length; at += PAGE) {
      if (chunk[at - begin] !== (at / PAGE) % MARKS) this.intact = false;
    }
    this.received += chunk.length;
  }
}
