import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProxyNeeds } from '../../cases/proxy-cases.ts';
import { Program } from './program.ts';

/** It knows no TLS of its own, and credentials of letters, digits, `-`, `.` and `_` only. */
export function startTinyproxy(needs: ProxyNeeds): Promise<Program> {
  return Program.start({
    name: 'tinyproxy',
    ports: 1,
    prepare(folder, [port = 0]) {
      const file = join(folder, 'tinyproxy.conf');
      writeFileSync(file, configuration(needs, port));
      return ['-d', '-c', file];
    },
  });
}

function configuration({ credentials, allowedPorts }: ProxyNeeds, port: number): string {
  return `
Listen 127.0.0.1
Port ${port}
Allow 127.0.0.1
MaxClients 100
Timeout 60
LogLevel Connect
${allowedPorts.map((allowed) => `ConnectPort ${allowed}`).join('\n')}
${credentials ? `BasicAuth ${credentials.username} ${credentials.password}` : ''}
`;
}
