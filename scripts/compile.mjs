// Starts the server once, as `npm start` does but on a folder of its own, and ends it. What Node.js compiled meanwhile it keeps in
// NODE_COMPILE_CACHE. Otherwise each thread of the first server would load the compiler of TypeScript, and hold its 20 MB for ever.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const deadlineMs = 60_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'oneoff-compile-'));
try {
  process.exitCode = await startAndEnd();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Answers the server's exit code, and 1 where a signal had to end it. */
async function startAndEnd() {
  // `env` sets the variables that the script begins with, and becomes the program that follows them.
  const server = spawn('env', scripts.start.split(' '), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      HOME: process.env.HOME,
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
