import { headers, type StoredMsg } from 'nats';
import { z } from 'zod';
import type { RunnerId } from '../../domain/ids.ts';
import { engineKinds } from '../../domain/image.ts';
import { instant, jobId, runnerId } from '../../domain/schemas.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type RunnerDirectory,
  RunnerDirectoryUnavailableError,
  type RunnerStatus,
} from '../../ports/runnerDirectory.ts';
import type { Nats } from './natsConnection.ts';
import {
  askWhenReady,
  createBucket,
  createReadiness,
  ensureBucket,
  serverCodes,
  unlessRefused,
} from './streams.ts';

export type RunnerDirectoryOptions = Readonly<{
  clock: Pick<Clock, 'nowMs'>;
  /** A runner that has not announced itself for so long is gone. */
  leaseMs: number;
}>;

const runnerStatus = z.object({
  runnerId,
  engines: z.array(
    z.object({
      kind: z.enum(engineKinds),
      description: z.string(),
      answers: z.boolean().exactOptional(),
      clockOffsetMs: z.int().exactOptional(),
    }),
  ),
  slots: z.int(),
  slotsUsed: z.int(),
  memoryBytes: z.int(),
  memoryBytesUsed: z.int(),
  cpuMillis: z.int(),
  cpuMillisUsed: z.int(),
  accepting: z.boolean(),
  heldJobs: z.array(jobId).exactOptional(),
  seenAt: instant,
});

const operationHeader = 'KV-Operation';

/**
 * The runners of all nodes, in a key-value bucket whose server drops what is older than the lease. No machine's clock is compared with
 * another's: the server measures the lease, and `seenAt` is when this node first saw the runner's last announcement, by its own clock.
 * Its methods throw `RunnerDirectoryUnavailableError`.
 */
export async function openRunnerDirectory(
  nats: Nats,
  { clock, leaseMs }: RunnerDirectoryOptions,
): Promise<RunnerDirectory & Readonly<{ close(): void }>> {
  const { jetStream, manager, logger, prefix } = nats;
  const bucket = createBucket(`${prefix}_runners`);
  const readiness = createReadiness(nats, () => ensureBucket(nats, bucket, leaseMs));
  let seen: ReadonlyMap<string, Readonly<{ sequence: number; at: string }>> = new Map();

  const ask = <Answer>(what: string, asked: () => Promise<Answer>): Promise<Answer> =>
    askWhenReady(
      readiness,
      (cause) => new RunnerDirectoryUnavailableError(`The directory of runners could not ${what}`, { cause }),
      asked,
    );

  async function list(): Promise<readonly RunnerStatus[]> {
    const { state } = await manager.streams.info(bucket.stream, { subjects_filter: bucket.subjects });
    const found = await Promise.all(
      Object.keys(state.subjects ?? {})
        .sort()
        .map(lastOf),
    );
    const entries = found.filter((entry) => entry !== undefined);
    const now = new Date(clock.nowMs()).toISOString();
    seen = new Map(
      entries.map(({ subject, seq: sequence }) => {
        const before = seen.get(subject);
        return [subject, before?.sequence === sequence ? before : { sequence, at: now }];
      }),
    );
    return entries.flatMap((entry) => {
      const status = parseStatus(entry);
      if (status === undefined)
        logger.warn({ subject: entry.subject }, 'a runner announces what cannot be read');
      return status === undefined ? [] : [{ ...status, seenAt: seen.get(entry.subject)?.at ?? now }];
    });
  }

  /** Undefined for one that withdrew. */
  async function lastOf(subject: string): Promise<StoredMsg | undefined> {
    const last = manager.streams.getMessage(bucket.stream, { last_by_subj: subject });
    const found = await unlessRefused(last, serverCodes.messageNotFound);
    return found?.header.get(operationHeader) ? undefined : found;
  }

  function remove(runner: RunnerId): Promise<unknown> {
    const marker = headers();
    marker.set(operationHeader, 'DEL');
    return jetStream.publish(bucket.subjectOf(runner), '', { headers: marker });
  }

  await readiness.ready();
  return {
    announce: async (status) => {
      const payload = JSON.stringify(status);
      await ask('take an announcement', () => jetStream.publish(bucket.subjectOf(status.runnerId), payload));
    },
    withdraw: async (runner) => void (await ask(`remove ${runner}`, () => remove(runner))),
    list: () => ask('be read', list),
    close: readiness.close,
  };
}

function parseStatus({ data }: StoredMsg): RunnerStatus | undefined {
  try {
    return runnerStatus.safeParse(JSON.parse(new TextDecoder().decode(data))).data;
  } catch {
    return undefined;
  }
}
