import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from './startedProcess.ts';

export type Redis = Readonly<{ socketPath: string; stop: () => Promise<void> }>;

/** A new Redis that has each command on its disk before it answers, on a Unix socket in `folder`. */
export async function startRedis(folder: string): Promise<Redis> {
  mkdirSync(folder, { recursive: true });
  const socketPath = join(folder, 'redis.sock');
  const server = startProcess({
    command: 'redis-server',
    args: [
      ...['--port', '0', '--unixsocket', socketPath, '--dir', folder],
      // Without `save`: snapshots beside the append-only file would only cost it time.
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
    ],
    folder,
    name: 'redis',
  });
  await server.printed(/ready to accept connections/i);
  return { socketPath, stop: () => server.stop() };
}
