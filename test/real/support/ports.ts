import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether it is this process that listens on `port`: to connect would not tell whose port it is. Linux only. */
export function listens(pid: number, port: number): boolean {
  const socket = listenerAt(port);
  return socket !== undefined && holds(pid, socket);
}

/** The socket that listens on `port` of 127.0.0.1. */
export function listenerAt(port: number): string | undefined {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  // The columns, see proc(5): sl, local address, remote address, state (0A is LISTEN), five more, inode.
  const listener = sockets
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => {
      return columns[1] === address && columns[3] === '0A';
    });
  return listener && `socket:[${listener[9]}]`;
}

function holds(pid: number, link: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === link);
  } catch {
    // It has closed a file, or ended, between one look and the next.
    return false;
  }
}
