import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allBenches } from '../allBenches.ts';
import type { Bench, Ratio, Settings } from './benchmark.ts';
import { installPeers } from './installPeers.ts';
import { machineLine } from './machine.ts';
import { profileLines } from './profile.ts';

const usage = `Usage: npm run bench -- [--short] [--profile] [--minutes N] [name …]

Without names: all but the soak. A name may be a part of one, such as \`create\` or \`docker\`.
  --short      a few seconds of each, to see that they run; nothing is judged
  --profile    profiles our server, and shows what its time goes to; nothing is judged
  --minutes N  how long the soak lasts (20)
`;

/** Somebody wants it to end. */
class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Runs the benches that the arguments name. Answers the exit code: 1 where one fails or a goal is missed. Throws at a signal, once all is ended. */
export async function runBenches(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  });
  const settings: Settings = { ...values, minutes: Number(values.minutes) };
  const chosen = choose(positionals);
  if (values.help || chosen.length === 0 || !(settings.minutes > 0)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  await installPeers();
  console.log(machineLine());
  const ratios: Ratio[] = [];
  let failed = 0;
  for (const { bench, wanted } of chosen) {
    try {
      ratios.push(...(await runBench(bench, wanted, settings)));
    } catch (error) {
      if (error instanceof StoppedError) throw error;
      failed += 1;
      console.error(`${wanted.join(', ')}: failed`, error);
    }
  }
  console.log(machineLine());
  for (const ratio of ratios) console.log(JSON.stringify(ratio));
  return failed > 0 || ratios.some(({ ok }) => ok === false) ? 1 : 0;
}

type Chosen = Readonly<{ bench: Bench; wanted: readonly string[] }>;

function choose(names: readonly string[]): readonly Chosen[] {
  const isWanted = (id: string) =>
    names.length === 0
      ? id !== 'soak'
      : names.some((name) => name === id) || names.some((name) => partOf(name, id));
  return allBenches
    .map((bench) => ({ bench, wanted: bench.ids.filter(isWanted) }))
    .filter(({ wanted }) => wanted.length > 0);
}

/** `create-vs-noop` names itself alone, though it is a part of another's name. */
function partOf(name: string, id: string): boolean {
  return id.includes(name) && !allBenches.some(({ ids }) => ids.includes(name));
}

async function runBench(
  bench: Bench,
  wanted: readonly string[],
  settings: Settings,
): Promise<readonly Ratio[]> {
  await using closing = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'oneoff-bench-'));
  // PostgreSQL runs as another user.
  chmodSync(folder, 0o711);
  closing.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  // Once the server has ended, which is when it writes its profile.
  if (settings.profile) closing.defer(() => console.log(profileLines(folder).join('\n')));
  const signaled = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const stop = () => signaled.reject(new StoppedError(`stopped by ${signal}`));
    process.once(signal, stop);
    closing.defer(() => void process.off(signal, stop));
  }
  console.log(wanted.join(', '));
  return await Promise.race([
    bench.run(wanted, { settings, folder, closing, print: (line) => console.log(line) }),
    signaled.promise,
  ]);
}
