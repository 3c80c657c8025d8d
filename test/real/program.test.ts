import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenerAt, listens } from './support/ports.ts';
import { Program } from './support/program.ts';

function start(configure: (port: number) => string): Promise<Program> {
  return Program.start({
    name: 'tinyproxy',
    ports: 1,
    prepare(folder, [port = 0]) {
      const file = join(folder, 'tinyproxy.conf');
      writeFileSync(file, `Listen 127.0.0.1\n${configure(port)}\n`);
      return ['-d', '-c', file];
    },
  });
}

test('a server that does not start tells why', async () => {
  await expect(start(() => 'Nonsense yes')).rejects.toThrow(/ended with \d+\n.*Syntax error/s);
});

test('a server that finds its port taken gets another one', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const ports = [(taken.address() as AddressInfo).port];
  const program = await start((port) => `Port ${ports.shift() ?? port}`);
  expect(ports).toEqual([]);
  await program.end();
  taken.close();
});

test('a server that has ended listens no more', async () => {
  const program = await start((port) => `Port ${port}`);
  const [port = 0] = program.ports;
  expect(listens(program.pid, port)).toBe(true);
  const socket = listenerAt(port);
  await program.end();
  // Another process may have been given the port meanwhile.
  expect(listenerAt(port)).not.toBe(socket);
});
