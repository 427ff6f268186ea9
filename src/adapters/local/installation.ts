import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { RunnerId } from '../../domain/ids.ts';
import type { IdGenerator } from '../../ports/idGenerator.ts';

/** Who this data folder is: the label of its containers, and the runner that claims its jobs. The same for ever. */
export type Installation = Readonly<{ installationId: string; runnerId: RunnerId }>;

const installationSchema = z.object({
  installationId: z.uuid(),
  runnerId: z.templateLiteral(['rnr-', z.string()]),
});

/** Reads the installation from the JSON file at `path`, or makes one there. Throws where the file cannot be read, or is not one. */
export function loadOrCreateInstallation(path: string, ids: Pick<IdGenerator, 'id'>): Installation {
  const stored = readIfThere(path);
  if (stored !== undefined) {
    const parsed = installationSchema.safeParse(JSON.parse(stored));
    if (!parsed.success) throw new Error(`${path} is not what oneoff wrote there: ${parsed.error.message}`);
    return parsed.data;
  }
  const installation: Installation = { installationId: randomUUID(), runnerId: ids.id('rnr') };
  // Written beside, flushed and moved into place: a crash leaves a whole file or none.
  writeFileSync(`${path}.new`, `${JSON.stringify(installation, null, 2)}\n`, { flush: true });
  renameSync(`${path}.new`, path);
  return installation;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
