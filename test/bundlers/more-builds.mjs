/** Tools that do not make a bundle: executables, copies of the files that are needed, servers, and a test runner. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { esbuild, text } from './builds.mjs';

/** @import { Build } from './builds.mjs' */

const ASK_NEXT = fileURLToPath(new URL('ask-next.mjs', import.meta.url));

/** @type {Record<string, Build>} */
export const MORE_BUILDS = {
  'bun build --compile': {
    packages: ['bun@1'],
    format: 'mjs',
    ways: ['inline', 'nothing'],
    script: (input, output) => `
      import { execFileSync } from 'node:child_process';
      execFileSync('node_modules/bun/bin/bun.exe', ['build', '--compile', ${text(input)}, '--outfile', ${text(output)}]);`,
    command: () => ['./bundle.mjs'],
  },
  'single executable of Node': {
    packages: ['esbuild', 'postject'],
    format: 'cjs',
    ways: ['inline', 'nothing'],
    script: singleExecutable,
    command: () => ['./program'],
  },
  '@vercel/nft': {
    packages: ['@vercel/nft'],
    format: 'mjs',
    findsWorker: true,
    ways: ['nothing'],
    script: (input, output) => `
      import { cpSync } from 'node:fs';
      import { join } from 'node:path';
      import { nodeFileTrace } from '@vercel/nft';
      const { fileList } = await nodeFileTrace([${text(input)}]);
      for (const file of fileList) cpSync(file, join(${text(join(output, '..'))}, file));
      cpSync(${text(input)}, ${text(output)});`,
  },
  'Next, Turbopack': next('--turbopack', {}),
  'Next, Turbopack, standalone': next('--turbopack', { output: 'standalone' }),
  'Next, webpack': next('--webpack', { serverExternalPackages: ['tickhttp'] }),
  'Next, webpack, standalone': next('--webpack', {
    serverExternalPackages: ['tickhttp'],
    output: 'standalone',
  }),
  'Next, webpack, without configuration': {
    ...next('--webpack', {}),
    findsWorker: false,
    ways: ['inline', 'nothing'],
  },
  'jest, CommonJS': {
    packages: ['esbuild', 'jest'],
    format: 'cjs',
    findsWorker: true,
    ways: ['inline', 'nothing'],
    script: (input, output) => `
      import { renameSync, writeFileSync } from 'node:fs';
      import { build } from 'esbuild';
      await build({
        entryPoints: [${text(input)}],
        outfile: 'program.cjs',
        bundle: true,
        platform: 'node',
        format: 'cjs',
        packages: 'external',
      });
      writeFileSync('program.test.cjs', ${text(JEST)});
      writeFileSync(${text(output)}, '');`,
    command: (project) => [
      process.execPath,
      join(project, 'node_modules/jest/bin/jest.js'),
      '--testMatch',
      '**/program.test.cjs',
    ],
    inProject: true,
  },
};

const JEST = `
test('the program', () => new Promise((done) => {
  console.log = (line) => {
    process.stdout.write(line + '\\n');
    done();
  };
  require('./program.cjs');
}), 60_000);
`;

/** @type {(input: string, output: string) => string} */
function singleExecutable(input, output) {
  const settings = { main: output, output: 'program.blob', disableExperimentalSEAWarning: true };
  const program = join(output, '..', 'program');
  return `
    ${esbuild(input, output, 'cjs')}
    import { execFileSync } from 'node:child_process';
    import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
    writeFileSync('sea.json', ${text(JSON.stringify(settings))});
    execFileSync(process.execPath, ['--experimental-sea-config', 'sea.json']);
    copyFileSync(process.execPath, ${text(program)});
    const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
    const postject = 'node_modules/postject/dist/cli.js';
    execFileSync(process.execPath, [postject, ${text(program)}, 'NODE_SEA_BLOB', 'program.blob', '--sentinel-fuse', fuse]);
    rmSync(${text(output)});`;
}

/**
 * A route that runs the program when it is asked. `standalone` is copied elsewhere, the other is run where it was built.
 *
 * @param {string} bundler
 * @param {{ output?: 'standalone', serverExternalPackages?: string[] }} settings
 * @returns {Build}
 */
function next(bundler, settings) {
  const standalone = settings.output === 'standalone';
  const files = {
    'next.config.mjs': `export default ${text({ ...settings, turbopack: { root: '.' } })};`,
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
    'app/page.js': 'export default () => <p>a page</p>;',
    'app/run/route.js': `
      export const dynamic = 'force-dynamic';
      export async function GET() {
        await import('../../program.mjs');
        return new Response('it has begun');
      }`,
  };
  return {
    packages: ['next', 'react', 'react-dom'],
    format: 'mjs',
    findsWorker: true,
    ways: ['nothing'],
    inProject: !standalone,
    script: (_input, output) => `
      import { execFileSync } from 'node:child_process';
      import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
      import { dirname } from 'node:path';
      rmSync('.next', { recursive: true, force: true });
      for (const [name, content] of Object.entries(${text(files)})) {
        mkdirSync(dirname(name), { recursive: true });
        writeFileSync(name, content);
      }
      execFileSync(process.execPath, ['node_modules/next/dist/bin/next', 'build', '${bundler}']);
      ${standalone ? `cpSync('.next/standalone', ${text(join(output, '..'))}, { recursive: true });` : ''}`,
    command: () => [
      process.execPath,
      ASK_NEXT,
      ...(standalone ? ['server.js'] : ['node_modules/next/dist/bin/next', 'start']),
    ],
  };
}
