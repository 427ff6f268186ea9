import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder } from './places.ts';
import { runToEnd } from './runToEnd.ts';

/** Installs what the benches need beside oneoff itself, unless it is there. Throws where npm cannot. */
export async function installPeers(): Promise<void> {
  const installed = join(benchFolder, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && holds(installed, join(benchFolder, 'package-lock.json'))) return;
  console.error('Installing the peers of the benches (this once) …');
  await runToEnd('npm', ['ci', '--prefix', benchFolder, '--no-audit', '--no-fund', '--loglevel=error']);
}

type Lock = Readonly<{
  packages: Readonly<Record<string, Readonly<{ version?: string; optional?: boolean }>>>;
}>;

function holds(installed: string, lock: string): boolean {
  const packagesOf = (path: string) => (JSON.parse(readFileSync(path, 'utf8')) as Lock).packages;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(lock)).every(
    ([path, { version, optional }]) =>
      path === '' || present[path]?.version === version || (optional === true && present[path] === undefined),
  );
}
