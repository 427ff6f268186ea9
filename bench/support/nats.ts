import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { startProcess } from './startedProcess.ts';

/** A new NATS server that keeps its streams below `folder`, on a port that it chose itself. Answers its address; `closing` ends it. */
export async function startNats(folder: string, closing: AsyncDisposableStack): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const server = startProcess({
    command: 'nats-server',
    args: [
      ...['--addr', '127.0.0.1', '--port', '-1', '--ports_file_dir', folder],
      ...['--jetstream', '--store_dir', join(folder, 'store')],
    ],
    folder,
    name: 'nats',
  });
  if (server.pid === 0)
    throw new Error('there is no nats-server on the PATH: install it (Debian: apt-get install nats-server)');
  closing.defer(() => server.stop());
  return eventually(async () => {
    const ports = await readFile(join(folder, `nats-server_${server.pid}.ports`), 'utf8');
    return (JSON.parse(ports) as { nats: readonly string[] }).nats[0];
  });
}
