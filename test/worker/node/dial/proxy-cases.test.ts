import { describe, expect } from 'vitest';
import { proxyCases } from '../../../cases/proxy-cases.ts';

describe('with a proxy of the fixture', () =>
  proxyCases({
    keepsAlive: true,
    answersForDeadPorts: false,
    overTLS: true,
    async start({ forbiddenPort, ...needs }, servers) {
      const proxy = await servers.proxy({ ...needs, forbiddenPorts: [forbiddenPort] });
      const { host, port } = proxy;
      return {
        host,
        port,
        async asked(request) {
          const heads = (await proxy.connections()).flatMap(({ asked }) => asked);
          expect(heads.map(([line]) => line)).toContain(`${request} HTTP/1.1`);
        },
      };
    },
  }));
