import { z } from 'zod';
import { containerPath, translateRefusal } from './containerState.ts';
import type { DockerApi } from './dockerApi.ts';

const sizes = z.object({
  SizeRw: z.number().nullish(),
  Mounts: z.array(z.object({ Type: z.string().nullish(), Name: z.string().nullish() })).nullish(),
});

const usage = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() }))
    .nullish(),
});

/**
 * The length of all files that the container wrote to its root and to the volumes that its image declares; null where the engine does not
 * tell. A sparse file counts by its length; one that was deleted while it is open does not count. Throws
 * `ContainerNotFoundError`, `EngineUnavailableError`.
 */
export async function writtenBytes(
  api: DockerApi,
  containerId: string,
  timeoutMs: number,
): Promise<number | null> {
  try {
    const path = containerPath(containerId, 'json');
    const found = sizes.parse(await api.request({ method: 'GET', path, query: { size: true }, timeoutMs }));
    if (found.SizeRw == null) return null;
    const volumes = (found.Mounts ?? []).flatMap(({ Type, Name }) =>
      Type === 'volume' && Name ? [Name] : [],
    );
    return Math.max(0, found.SizeRw) + (await volumeBytes(api, volumes, timeoutMs));
  } catch (error) {
    throw translateRefusal(error, containerId);
  }
}

/** The engine measures all of its volumes for this, so it is asked only for containers that have some. */
async function volumeBytes(api: DockerApi, names: readonly string[], timeoutMs: number): Promise<number> {
  if (names.length === 0) return 0;
  const call = { method: 'GET', path: '/system/df', query: { type: 'volume' }, timeoutMs } as const;
  const { Volumes } = usage.parse(await api.request(call));
  return (Volumes ?? [])
    .filter(({ Name }) => names.includes(Name))
    .reduce((sum, { UsageData }) => sum + Math.max(0, UsageData?.Size ?? 0), 0);
}
