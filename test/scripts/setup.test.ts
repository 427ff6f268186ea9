import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder } from '../support/tempFolder.ts';

const scripts = join(import.meta.dirname, '..', '..', 'scripts');
let folder: Awaited<ReturnType<typeof tempFolder>>;
const at = (...parts: string[]) => join(folder.path, ...parts);

beforeEach(async () => {
  folder = await tempFolder();
  await cp(scripts, at('scripts'), { recursive: true });
});
afterEach(() => folder.remove());

/** A package in a folder of its own, which real npm installs without a network. */
async function givenPackage(name: string, bin: string, program: string): Promise<void> {
  await mkdir(at('packages', name, 'bin'), { recursive: true });
  await writeFile(at('packages', name, 'package.json'), JSON.stringify({ name, version: '1.0.0', bin }));
  await writeFile(at('packages', name, bin), program, { mode: 0o755 });
}

/** A project that asks for a `node` that says it is of `nodeVersion`, and for a `vite` that runs `viteProgram`. */
async function givenProject(
  nodeVersion = 'v24.0.0',
  viteProgram = "mkdirSync('web/dist', { recursive: true }); writeFileSync('web/dist/index.html', '');",
) {
  await givenPackage(
    'node',
    'bin/node',
    `#!/bin/sh\n[ "$1" = --version ] && echo ${nodeVersion} || exec ${process.execPath} "$@"\n`,
  );
  await givenPackage(
    'vite',
    'bin/vite.js',
    `const { mkdirSync, writeFileSync } = require('node:fs');\n${viteProgram}\n`,
  );
  await writeLock('1.0.0');
  await mkdir(at('web', 'src'), { recursive: true });
  await writeFile(at('web', 'src', 'main.ts'), 'one');
}

async function writeLock(version: string): Promise<void> {
  const dependencies = { node: 'file:packages/node', vite: 'file:packages/vite' };
  const start = 'NODE_COMPILE_CACHE=compiled node src/main.ts';
  const project = { name: 'project', version, dependencies, scripts: { start } };
  await writeFile(at('package.json'), JSON.stringify(project));
  const installed = Object.keys(dependencies).flatMap((name) => [
    [`node_modules/${name}`, { resolved: `packages/${name}`, link: true }],
    [
      `packages/${name}`,
      {
        version: '1.0.0',
        ...(name === 'node' ? { bin: { node: 'bin/node' } } : { bin: { vite: 'bin/vite.js' } }),
      },
    ],
  ]);
  const packages = { '': project, ...Object.fromEntries(installed) };
  await writeFile(
    at('package-lock.json'),
    JSON.stringify({ name: 'project', version, lockfileVersion: 3, packages }),
  );
}

type Result = Readonly<{ code: number; said: string; ms: number }>;

function setUp(...args: string[]): Promise<Result> {
  const startedMs = performance.now();
  const { npm_execpath: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [at('scripts', 'setup.mjs'), ...args],
      { env, cwd: '/' },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : 0;
        resolve({ code, said: stdout + stderr, ms: performance.now() - startedMs });
      },
    );
  });
}

describe('setting up', () => {
  test('installs what the lock asks for, and tells how long it took, plainly', async () => {
    await givenProject();
    const { code, said } = await setUp();
    expect(said).toMatch(/^Installing dependencies \(this once; about a minute\) …\n {2}done in \d+ s\n$/);
    expect(code).toBe(0);
    expect(await readFile(at('node_modules', '.oneoff-lock-hash'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('says and does nothing, at once, when all is there', async () => {
    await givenProject();
    await setUp('--web');
    const again = await setUp('--web');
    expect(again).toMatchObject({ code: 0, said: '' });
    expect(again.ms).toBeLessThan(2000);
  });

  test('installs again when the lock has changed', async () => {
    await givenProject();
    await setUp();
    await rm(at('node_modules', '.package-lock.json'));
    await writeLock('1.0.1');
    expect((await setUp()).said).toContain('Installing');
  });

  test('is content with what an npm install by hand left', async () => {
    await givenProject();
    await setUp();
    await rm(at('node_modules', '.oneoff-lock-hash'));
    expect(await setUp()).toMatchObject({ code: 0, said: '' });
    await writeLock('1.0.1');
    expect(await setUp()).toMatchObject({ code: 0, said: '' });
  });

  test('shows what npm said when it fails, and what to do, and fails too', async () => {
    await givenProject();
    await writeFile(
      at('package.json'),
      JSON.stringify({ name: 'project', dependencies: { absent: 'file:packages/absent' } }),
    );
    const { code, said } = await setUp();
    expect(code).toBe(1);
    expect(said).toContain('npm error');
    expect(said).toMatch(/npm ci ended with 1.*\nCheck that this machine reaches the npm registry/);
  });

  test('refuses a runtime that is too old, each time', async () => {
    await givenProject('v20.1.0');
    for (const { code, said } of [await setUp(), await setUp()]) {
      expect(code).toBe(1);
      expect(said).toContain('oneoff needs Node.js 24 or newer');
      expect(said).toContain('There: v20.1.0');
      expect(said).not.toMatch(/^ +at /m);
    }
  });
});

describe('building the page', () => {
  test('is done once, and again when a source or the lock has changed or the result is gone', async () => {
    await givenProject();
    expect((await setUp('--web')).said).toContain('Building the web page');
    expect((await setUp('--web')).said).toBe('');
    await writeFile(at('web', 'src', 'main.ts'), 'two');
    expect((await setUp('--web')).said).toContain('Building the web page');
    await writeLock('1.0.1');
    expect((await setUp('--web')).said).toContain('Building the web page');
    await rm(at('web', 'dist'), { recursive: true });
    expect((await setUp('--web')).said).toContain('Building the web page');
    expect((await setUp('--web')).said).toBe('');
  });

  test('shows what went wrong, and tries again the next time', async () => {
    await givenProject('v24.0.0', "console.error('main.ts: no such thing'); process.exit(3);");
    for (const { code, said } of [await setUp('--web'), await setUp('--web')]) {
      expect(code).toBe(1);
      expect(said).toContain('main.ts: no such thing');
      expect(said).toContain('vite build ended with 3');
    }
  });
});

describe('compiling the server', () => {
  const givenServer = async (program: string) => {
    await mkdir(at('src', 'adapters', 'process'), { recursive: true });
    await writeFile(at('src', 'main.ts'), program);
    await writeFile(at('src', 'adapters', 'process', 'spawnerProcess.ts'), 'const channel: unknown = null;');
  };
  const untilEnded =
    "const timer: NodeJS.Timeout = setInterval(() => {}, 1000);\nprocess.on('SIGTERM', () => clearInterval(timer));\n";

  test('is done once, and again when a source or the lock has changed', async () => {
    await givenProject();
    await givenServer(`${untilEnded}console.log('oneoff is ready at http://127.0.0.1:1');`);
    expect((await setUp('--compile')).said).toContain('Compiling the server');
    // Of the server, and of what spawns its local processes: each without its types, and compiled.
    const [version = ''] = await readdir(at('compiled'));
    expect(await readdir(at('compiled', version))).toHaveLength(4);
    expect((await setUp('--compile')).said).toBe('');
    await givenServer(`${untilEnded}console.log('oneoff is ready at http://127.0.0.1:2');`);
    expect((await setUp('--compile')).said).toContain('Compiling the server');
    await writeLock('1.0.1');
    expect((await setUp('--compile')).said).toContain('Compiling the server');
    expect((await setUp('--compile')).said).toBe('');
  });

  test('keeps nobody from starting a server that ends at once, and is tried again the next time', async () => {
    await givenProject();
    await givenServer("console.error('what is wrong is said by the start'); process.exit(3);");
    for (const { code, said } of [await setUp('--compile'), await setUp('--compile')]) {
      expect(code).toBe(0);
      expect(said).toContain('Compiling the server');
      expect(said).not.toContain('what is wrong');
    }
  });
});
