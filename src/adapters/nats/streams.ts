import { isDeepStrictEqual } from 'node:util';
import {
  type ConsumerConfig,
  type ConsumerInfo,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import { jetStreamErrorCode, type Nats } from './natsConnection.ts';

/** JetStream's own numbers for its errors (`err_code`), of nats-server's errors.json. */
export const serverCodes = {
  consumerNotFound: 10014,
  messageNotFound: 10037,
  sequenceNotFound: 10043,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  maximumMessages: 10077,
} as const;

/** What a stream or consumer is to be. Fields that are not named are the server's or the operator's choice. */
export type Wanted<Config> = Readonly<{
  /** What the protocol rests on: one that is there and differs is refused. */
  fixed: Partial<Config>;
  /** What this program's configuration says now: one that is there is brought up to date. */
  adjusted?: Partial<Config>;
  /** What it is made with; an operator may change it afterwards, as the number of replicas. */
  initial?: Partial<Config>;
}>;

/** A stream or consumer of that name is there, and is not what the protocol needs. The message names it, the field, what was found and wanted. */
export class NatsConfigMismatchError extends Error {
  override readonly name = 'NatsConfigMismatchError';
}

/** Makes the stream, or checks the one that is there. Throws `NatsConfigMismatchError`, and what the client throws. */
export async function ensureStream(
  nats: Nats,
  name: string,
  wanted: Wanted<StreamConfig>,
): Promise<StreamInfo> {
  const { streams } = nats.manager;
  const { fixed, adjusted = {}, initial = {} } = wanted;
  const existing = await unlessRefused(streams.info(name), serverCodes.streamNotFound);
  if (existing === undefined) {
    const made = streams.add({ ...initial, ...adjusted, ...fixed, name });
    const created = await unlessRefused(made, serverCodes.streamNameInUse);
    if (created !== undefined) return created;
  }
  // Another node may have made it meanwhile, by another configuration.
  const found = existing ?? (await streams.info(name));
  refuseOther(`stream ${name}`, found.config, fixed);
  if (differing(found.config, adjusted).length === 0) return found;
  nats.logger.info({ stream: name, ...adjusted }, 'a NATS stream is brought up to date');
  return streams.update(name, { ...found.config, ...adjusted });
}

/**
 * Makes a key-value bucket that keeps the last value of each key, or checks the one that is there; `nats kv` can read it. With `keepMs` a
 * value goes that long after it was put, by the server's clock. Throws `NatsConfigMismatchError`, and what the client throws.
 */
export function ensureBucket(nats: Nats, { stream, subjects }: Bucket, keepMs = 0): Promise<StreamInfo> {
  const max_age = keepMs * 1_000_000;
  return ensureStream(nats, stream, {
    fixed: {
      subjects: [subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
    },
    // The server takes no window of duplicates longer than the age.
    adjusted: max_age === 0 ? { max_age } : { max_age, duplicate_window: Math.min(max_age, 120 * 1e9) },
    initial: { num_replicas: nats.replicas, allow_rollup_hdrs: true, deny_delete: true },
  });
}

/** Where a key-value bucket is on the server (NATS ADR-8). */
export type Bucket = Readonly<{ stream: string; subjects: string; subjectOf(key: string): string }>;

export function createBucket(name: string): Bucket {
  const root = `$KV.${name}`;
  return { stream: `KV_${name}`, subjects: `${root}.>`, subjectOf: (key) => `${root}.${key}` };
}

/** Makes the durable consumer, or checks the one that is there. Throws `NatsConfigMismatchError`, and what the client throws. */
export async function ensureConsumer(
  { manager, logger }: Nats,
  stream: string,
  name: string,
  { fixed, adjusted = {}, initial = {} }: Wanted<ConsumerConfig>,
): Promise<ConsumerInfo> {
  const { consumers } = manager;
  const found = await unlessRefused(consumers.info(stream, name), serverCodes.consumerNotFound);
  if (found === undefined)
    return consumers.add(stream, { ...initial, ...adjusted, ...fixed, durable_name: name });
  refuseOther(`consumer ${name} of stream ${stream}`, found.config, fixed);
  if (differing(found.config, adjusted).length === 0) return found;
  logger.info({ stream, consumer: name, ...adjusted }, 'a NATS consumer is brought up to date');
  return consumers.update(stream, name, adjusted);
}

/** What a stream or consumer that may go with its server rests on. */
export type Readiness = Readonly<{
  /** Answers once everything is there; at once after the first time, until the connection is lost or `doubt` is called. */
  ready(): Promise<void>;
  /** Something failed, maybe as a thing is missing: the next `ready` looks again. Where `cause` is a mismatch it is logged, once. */
  doubt(cause?: unknown): void;
  close(): void;
}>;

/** Calls `ensure` before the first use, and again after each reconnect: a server may come back without what it had, or with something else. */
export function createReadiness(nats: Nats, ensure: () => Promise<unknown>): Readiness {
  let ensured: Promise<unknown> | undefined;
  let told: string | undefined;
  const doubt = (cause?: unknown): void => {
    ensured = undefined;
    if (!(cause instanceof NatsConfigMismatchError) || cause.message === told) return;
    told = cause.message;
    nats.logger.error({ error: cause }, 'a NATS stream or consumer is not one of this program any more');
  };
  const leave = nats.onReconnect(() => {
    told = undefined;
    doubt();
  });
  return {
    ready: async () => {
      const current = ensured ?? ensure();
      ensured = current;
      try {
        await current;
      } catch (error) {
        if (ensured === current) doubt();
        throw error;
      }
    },
    doubt,
    close: leave,
  };
}

/** Answers what `asked` does once all is ready. What fails is thrown as `unavailable` says, and looked at anew the next time. */
export async function askWhenReady<Answer>(
  readiness: Readiness,
  unavailable: (cause: unknown) => Error,
  asked: () => Promise<Answer>,
): Promise<Answer> {
  try {
    await readiness.ready();
    return await asked();
  } catch (error) {
    readiness.doubt(error);
    throw unavailable(error);
  }
}

/** What `asked` answers; undefined where the server answers one of `codes`. */
export async function unlessRefused<Answer>(
  asked: Promise<Answer>,
  ...codes: readonly number[]
): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    const code = jetStreamErrorCode(error);
    if (code !== undefined && codes.includes(code)) return undefined;
    throw error;
  }
}

function refuseOther<Config extends object>(thing: string, found: Config, fixed: Partial<Config>): void {
  const wrong = differing(found, fixed).map(
    (field) => `${String(field)} is ${JSON.stringify(found[field])}, wanted ${JSON.stringify(fixed[field])}`,
  );
  if (wrong.length > 0)
    throw new NatsConfigMismatchError(
      `The NATS ${thing} is not one of oneoff's: ${wrong.join('; ')}. Remove it, or use another prefix.`,
    );
}

function differing<Config extends object>(found: Config, wanted: Partial<Config>): readonly (keyof Config)[] {
  const fields = Object.keys(wanted) as (keyof Config)[];
  return fields.filter((field) => !isDeepStrictEqual(found[field], wanted[field]));
}
