import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** A program with the handlers, which does `fault` and then ends in good order if it can. */
async function program(fault: string) {
  const script = `
    import { handleUnhandledFaults } from './src/lastResort.ts';
    const logger = { error: ({ error }, message) => console.log(message, error.message) };
    const metrics = { count: (name, labels) => console.log(name, labels.where) };
    handleUnhandledFaults({ logger, metrics });
    ${fault};
    setTimeout(() => console.log('went on'), 50);`;
  const args = ['--input-type=module', '--eval', script];
  return run(process.execPath, args).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

it('a rejection that nothing handles is logged and counted, and the process goes on', async () => {
  const { code, stdout } = await program("Promise.reject(new Error('of one job'))");
  expect(stdout).toBe(
    'a rejection that nothing handled; oneoff goes on of one job\nunexpected_error process\nwent on\n',
  );
  expect(code).toBe(0);
});

it('an exception that nothing handles is logged, and ends the process', async () => {
  const { code, stdout } = await program("setTimeout(() => { throw new Error('in a callback'); }, 1)");
  expect(stdout).toContain('in a callback');
  expect([code, stdout.includes('went on')]).toEqual([1, false]);
});
