import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../test/support/free-ports.mjs';
import { makeBody } from './body.mjs';

/** Milliseconds in which it must accept connections. */
const START_LIMIT = 5000;

/** "nginx 1.22.1"; undefined where there is none on the PATH. */
export function nginxVersion() {
  const { stderr, error } = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
  return error ? undefined : `nginx ${/nginx\/(\S+)/.exec(stderr)?.[1] ?? ''}`.trim();
}

/**
 * Starts an nginx that serves `/bytes/<n>` for each of these sizes from files in `folder`. It ends with
 * this process at the latest.
 * @param {{ folder: string, sizes: readonly number[], key: string, cert: string }} options
 */
export async function startNginx({ folder, sizes, key, cert }) {
  const ports = await freePorts(2);
  mkdirSync(join(folder, 'files', 'bytes'), { recursive: true });
  for (const size of sizes) writeFileSync(join(folder, 'files', 'bytes', String(size)), makeBody(size));
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
  writeFileSync(join(folder, 'nginx.conf'), configuration(ports));
  const nginx = spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.on('exit', () => nginx.kill('SIGKILL'));
  const end = new AbortController();
  nginx.once('exit', () => end.abort(new Error('nginx has ended; --server node does without it')));
  for (const port of ports) await accepts(port, end.signal);
  const [http, https] = ports;
  return { nginx, http: `http://127.0.0.1:${http}`, https: `https://127.0.0.1:${https}` };
}

/**
 * One process that has the rights of its starter: with a master its worker would be another user, who may not read
 * the files. Read into two large buffers, a big file leaves half again as fast as through sendfile, and the head of
 * a small answer goes out together with its body.
 * @param {readonly number[]} ports
 */
function configuration([http, https]) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
  access_log off;
  sendfile off;
  output_buffers 2 1m;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  open_file_cache max=100;
  open_file_cache_valid 1h;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${http};
    listen 127.0.0.1:${https} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    ssl_protocols TLSv1.3;
    root files;
  }
}
`;
}

/**
 * @param {number} port
 * @param {AbortSignal} end
 */
async function accepts(port, end) {
  const giveUp = performance.now() + START_LIMIT;
  for (;;) {
    end.throwIfAborted();
    const socket = createConnection(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    if (performance.now() > giveUp)
      throw new Error('nginx accepts no connections; --server node does without it');
    await sleep(10);
  }
}
