import { chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './runToEnd.ts';
import { type StartedProcess, startProcess } from './startedProcess.ts';
import { unprivilegedUser } from './unprivileged.ts';

export type Postgres = Readonly<{ socketFolder: string; stop: () => Promise<void> }>;

/** A new PostgreSQL with its default settings, and so its default durability, on a Unix socket in `folder`. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const programs = postgresPrograms();
  const user = await unprivilegedUser();
  mkdirSync(folder, { recursive: true });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  await runToEnd(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'bench'], user);
  const server = startProcess({
    command: join(programs, 'postgres'),
    args: ['-D', data, '-k', folder, '-c', 'listen_addresses='],
    folder,
    name: 'postgres',
    options: { ...user, cwd: folder },
  });
  await takesConnections(join(programs, 'pg_isready'), folder);
  // SIGINT is its fast shutdown: it does not wait for clients to leave.
  return { socketFolder: folder, stop: () => stopped(server) };
}

function stopped(server: StartedProcess): Promise<void> {
  return server.stop('SIGINT');
}

function postgresPrograms(): string {
  const root = '/usr/lib/postgresql';
  try {
    const newest = readdirSync(root)
      .sort((one, other) => Number(one) - Number(other))
      .at(-1);
    if (newest !== undefined) return join(root, newest, 'bin');
  } catch {
    // Told of below.
  }
  throw new Error(`there is no PostgreSQL in ${root}: install it (Debian: apt-get install postgresql)`);
}

async function takesConnections(isReady: string, folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runToEnd(isReady, ['-q', '-h', folder, '-U', 'bench', '-d', 'postgres']);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
