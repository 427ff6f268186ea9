import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe } from 'vitest';

/** A folder of scripts that drive clients of other APIs against this one, with the clients installed. */
const folder = process.env.ONEOFF_TEST_ORACLES;

/** A suite that needs those scripts. Without them it is skipped, and says so. */
export function describeWithOracles(name: string, suite: () => void): void {
  if (folder !== undefined && existsSync(join(folder, 'node_modules'))) {
    describe(name, suite);
    return;
  }
  console.warn(`SKIPPED ${name}: ONEOFF_TEST_ORACLES names no folder with installed clients`);
  describe.skip(`${name} (SKIPPED: no ONEOFF_TEST_ORACLES)`, suite);
}

/** Runs one of the scripts to its end, and returns its exit code and what it printed. */
export async function runOracle(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<Readonly<{ code: number | null; output: string }>> {
  const child = spawn(process.execPath, ['--no-warnings', script], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { code: code as number | null, output };
}
