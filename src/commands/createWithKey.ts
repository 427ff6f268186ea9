import { hash } from 'node:crypto';
import { badText, DomainError } from '../domain/errors.ts';
import type { IdempotencyEvent, RecordedEvent } from '../domain/events.ts';
import { type DomainEvent, type Position, type StreamName, streamName } from '../domain/events.ts';
import { parseEvent } from '../domain/parseEvent.ts';
import { nowIso } from '../ports/clock.ts';
import {
  type Append,
  type AppendResult,
  type EventStore,
  EventStoreUnavailableError,
  type NewEvent,
  WrongExpectedRevisionError,
} from '../ports/eventStore.ts';
import type { Fingerprints } from '../ports/secretBox.ts';
import { appendDurably, findAppended, toNewEvents } from './appendEvents.ts';
import { appendOnce } from './appendOnce.ts';
import { finishClaim } from './finishClaim.ts';
import type { CommandContext, CommandDependencies } from './handleCommand.ts';

/** What a creation appends: `events` to `stream`, which makes the thing that `resultId` names. */
export type Creation<ResultId extends string> = Readonly<{
  resultId: ResultId;
  stream: StreamName;
  events: readonly DomainEvent[];
}>;

export type CreateWithKey<ResultId extends string> = Readonly<{
  context: CommandContext;
  /** The name of what is done, such as `createJob`: the same key may be used once for each. */
  operation: string;
  /** The client's own, 1 to 255 characters; null for a creation that is not to be repeated. */
  key: string | null;
  /** Whose keys these are, where they are not the workspace's own. */
  scope?: string;
  /**
   * Keyed hashes of the whole input (see `fingerprintInput`), which tell a repeat from another use of the key. The first is kept; a repeat
   * has what was kept among its own, so it is known across a change of the secret key.
   */
  inputHashes: Fingerprints;
  /** Decides what to append. What it decides for a key that is claimed already is dropped: claiming it is what tells. */
  create: () => Promise<Creation<ResultId>> | Creation<ResultId>;
}>;

export type CreatedWithKey<ResultId extends string> = Readonly<{
  resultId: ResultId;
  /** Position of the last event of the creation, the first time and every time. */
  position: Position;
  /** The key was used before, with the same input: `resultId` is what that made. What only the first answer can carry is gone. */
  repeated: boolean;
}>;

/**
 * Creates something at most once for each key, for ever. The first use of a key is decided where the write is serialized: by the first event
 * of a stream named by a hash of workspace, operation and key. That event, the claim, carries the events that the creation appends next, so
 * whoever finds it can finish what a crash cut short: a repeat of the request, or a process by `finishClaim`.
 *
 * The claim's events are appended once whatever has happened to their stream since: a build that was accepted is asked for even if its
 * service was deleted in that instant.
 *
 * Throws what `create` throws; `DomainError` `BAD_USER_INPUT` for a bad key, `IDEMPOTENCY_CONFLICT` where it was used with another input;
 * `AppendTooLargeError`, when nothing was written; and `CONFLICT`, for a stream that others keep writing to, or
 * `EventStoreUnavailableError`, after which the creation may yet come about: with a key, asking again gives its answer.
 */
export async function createWithKey<ResultId extends string>(
  deps: CommandDependencies,
  creation: CreateWithKey<ResultId>,
): Promise<CreatedWithKey<ResultId>> {
  const { context, operation, key, scope = context.workspaceId, create } = creation;
  if (key === null) return createOnce(deps, context, await create());
  if (key.length < 1 || key.length > 255) throw badText('idempotencyKey', key, '1 to 255 characters');
  const stream = claimStream(scope, operation, key);
  return (
    (await claimKey(deps, creation, stream)) ??
    (await answerClaim(deps, creation, stream)) ??
    lostClaim(stream)
  );
}

/** The stream whose first event is the first use of `key`. The key itself is not kept. */
export function claimStream(scope: string, operation: string, key: string): StreamName {
  const identity = JSON.stringify([scope, operation, key]);
  return streamName('idempotency', hash('sha256', identity));
}

async function createOnce<ResultId extends string>(
  deps: CommandDependencies,
  context: CommandContext,
  { resultId, stream, events }: Creation<ResultId>,
): Promise<CreatedWithKey<ResultId>> {
  const { position } = await appendOnce(deps, stream, toNewEvents(deps.ids, context, events));
  return { resultId, position, repeated: false };
}

/** The answer that the key already has, its creation finished; undefined where the key is new. */
async function answerClaim<ResultId extends string>(
  deps: CommandDependencies,
  { operation, inputHashes }: CreateWithKey<ResultId>,
  stream: StreamName,
): Promise<CreatedWithKey<ResultId> | undefined> {
  const claim = await readClaim(deps.eventStore, stream);
  if (claim === undefined) return undefined;
  if (!inputHashes.includes(claim.data.inputHash)) {
    throw new DomainError(
      'IDEMPOTENCY_CONFLICT',
      `idempotencyKey: used for ${operation} with another input at ${claim.data.claimedAt}, wanted the same input or a new key`,
      { field: 'idempotencyKey', operation, claimedAt: claim.data.claimedAt },
    );
  }
  const { position } = await finishClaim(deps, claim);
  // The same workspace and operation made it, so it is an id of the kind that the caller makes.
  return { resultId: claim.data.resultId as ResultId, position, repeated: true };
}

/** Claims the key and creates; undefined where another request came first and is to be answered instead. */
async function claimKey<ResultId extends string>(
  deps: CommandDependencies,
  { context, operation, inputHashes, create }: CreateWithKey<ResultId>,
  stream: StreamName,
): Promise<CreatedWithKey<ResultId> | undefined> {
  const created = await decideUnlessClaimed(deps.eventStore, stream, create);
  if (created === undefined) return undefined;
  const targets = toNewEvents(deps.ids, context, created.events);
  const claim: IdempotencyEvent = {
    type: 'IdempotencyKeyClaimed',
    data: {
      workspaceId: context.workspaceId,
      operation,
      inputHash: inputHashes[0],
      resultId: created.resultId,
      stream: created.stream,
      events: targets.map(claimedEvent),
      claimedAt: nowIso(deps.clock),
    },
  };
  const claims = toNewEvents(deps.ids, context, [claim]);
  try {
    const { position } = await appendBoth(
      deps,
      { stream, events: claims, expected: 'noStream' },
      { stream: created.stream, events: targets, expected: 'noStream' },
    );
    return { resultId: created.resultId, position, repeated: false };
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError && error.stream === stream) return undefined;
    throw error;
  }
}

/** The claim and what it promises: at once where all goes well, else one after the other, each with what repeats need. */
async function appendBoth(deps: CommandDependencies, claim: Append, promised: Append): Promise<AppendResult> {
  try {
    const made = (await deps.eventStore.appendInTurn([claim, promised])).at(-1);
    if (made !== undefined) return made;
  } catch (error) {
    const isClaimed = error instanceof WrongExpectedRevisionError && error.stream === promised.stream;
    if (!isClaimed && !(error instanceof EventStoreUnavailableError)) throw error;
    if (!isClaimed) await repeatClaim(deps, claim);
  }
  return appendOnce(deps, promised.stream, promised.events);
}

/** Throws `WrongExpectedRevisionError` where another's claim is there. */
async function repeatClaim(deps: CommandDependencies, { stream, events, expected }: Append): Promise<void> {
  try {
    await appendDurably(deps, stream, events, expected);
  } catch (error) {
    const isRefusal = error instanceof WrongExpectedRevisionError;
    if (!isRefusal || (await findAppended(deps.eventStore, stream, events)) === undefined) throw error;
  }
}

/** A refusal counts only while the key is free: the same request may have been accepted a moment ago, before things changed. */
async function decideUnlessClaimed<ResultId extends string>(
  eventStore: EventStore,
  stream: StreamName,
  create: CreateWithKey<ResultId>['create'],
): Promise<Creation<ResultId> | undefined> {
  try {
    return await create();
  } catch (error) {
    if (error instanceof DomainError && (await readClaim(eventStore, stream)) !== undefined) return undefined;
    throw error;
  }
}

async function readClaim(
  eventStore: EventStore,
  stream: StreamName,
): Promise<RecordedEvent<IdempotencyEvent> | undefined> {
  for await (const stored of eventStore.readStream(stream, { maxCount: 1 })) {
    const event = parseEvent(stored);
    if (event.type === 'IdempotencyKeyClaimed') return event;
  }
  return undefined;
}

function claimedEvent({ id, type, data, metadata }: NewEvent) {
  return { id, type, data, schemaVersion: metadata.schemaVersion };
}

function lostClaim(stream: StreamName): never {
  throw new Error(`${stream}: another request claimed it, but it holds no claim`);
}
