import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { it } from 'vitest';
import { eventually } from '../../support/eventually.ts';

const fixture = join(import.meta.dirname, 'fixtures', 'rests.ts');

/** V8 looks every 8 s; by itself, without what is tested here, it collects after 100 s. */
it('lets a thread that rests return what it held to the system, in less than a minute', async () => {
  const child = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  try {
    await eventually(() => output === 'holds 1000000 objects\ngave back\n', {
      deadlineMs: 60_000,
      everyMs: 100,
    });
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}, 70_000);
