import { z } from 'zod';
import type { Immutable } from './immutable.ts';

export const engineKinds = ['docker', 'process'] as const;
/** `docker` isolates; `process` runs local processes and gives no isolation. */
export type EngineKind = (typeof engineKinds)[number];

/**
 * What a build produced: the image that its jobs run, by digest, and the engine that resolved it. The `process`
 * engine has no images: its digest is null and its jobs run on the host's own files.
 */
export const builtImageSchema = z.object({
  reference: z.string(),
  digest: z.string().nullable(),
  engine: z.enum(engineKinds),
});
export type BuiltImage = Immutable<z.infer<typeof builtImageSchema>>;
