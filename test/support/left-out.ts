/** `npm test` needs Node alone. At its end it says what it has left out. */
export function teardown(): void {
  console.log('Left out: pages in Chromium (npm run test:browser) and real servers (npm run test:real).');
}
