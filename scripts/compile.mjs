// Starts the server once, as `npm start` does but on a folder of its own, and ends it; then the program that spawns local processes, which the
// server starts with the first of them. What Node.js compiled meanwhile it keeps in NODE_COMPILE_CACHE. Otherwise each thread of the first server would load the compiler of TypeScript, and hold its 20 MB for ever.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const deadlineMs = 60_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const startWords = scripts.start.split(' ');
const environment = {
  PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  HOME: process.env.HOME,
};
const folder = mkdtempSync(join(tmpdir(), 'oneoff-compile-'));
try {
  process.exitCode = (await startAndEnd()) || (await startSpawner());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Answers the server's exit code, and 1 where a signal had to end it. */
async function startAndEnd() {
  // `env` sets the variables that the script begins with, and becomes the program that follows them.
  const server = spawn('env', startWords, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...environment,
      ONEOFF_DATA_FOLDER: folder,
      ONEOFF_HOST: '127.0.0.1',
      ONEOFF_PORT: '0',
      ONEOFF_ENGINE: 'process',
      ONEOFF_SAMPLE: 'no',
      ONEOFF_LOG_LEVEL: 'error',
    },
  });
  const exited = once(server, 'exit');
  const timer = setTimeout(() => server.kill('SIGKILL'), deadlineMs);
  let output = '';
  server.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    if (output.includes('oneoff is ready')) server.kill('SIGTERM');
  });
  const [code] = await exited;
  clearTimeout(timer);
  return code ?? 1;
}

/** Answers its exit code. It ends by itself, as nobody has its channel. */
async function startSpawner() {
  const variables = startWords.slice(0, startWords.indexOf('node'));
  const program = join('src', 'adapters', 'process', 'spawnerProcess.ts');
  const spawner = spawn('env', [...variables, 'node', program], {
    cwd: root,
    stdio: 'inherit',
    env: environment,
  });
  const [code] = await once(spawner, 'exit');
  return code ?? 1;
}
