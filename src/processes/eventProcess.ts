import { assertNever } from '../domain/assertNever.ts';
import { type EventType, type Position, type RecordedEvent, startPosition } from '../domain/events.ts';
import {
  type LoopDependencies,
  type LoopProgress,
  type RunningLoop,
  runBackgroundLoop,
} from '../ports/backgroundLoop.ts';
import type { CheckpointStore } from '../ports/checkpointStore.ts';
import { type EventStore, isPlaceIn } from '../ports/eventStore.ts';
import type { ChangeFeed } from '../projections/changeFeed.ts';
import { pacedCheckpoint } from './pacedCheckpoint.ts';

/** What came of handling one event. */
export type Step =
  | Readonly<{ kind: 'done' }>
  | Readonly<{ kind: 'retry'; afterMs: number; reason: string }>
  | Readonly<{ kind: 'skip'; reason: string }>
  | Readonly<{ kind: 'stop'; reason: string }>;

export const done: Step = { kind: 'done' };

/** For what takes a round trip for each event. More at once gain little, and would overtake each other further. */
export const roundTripsAtOnce = 32;

export type EventOfType<Type extends EventType> = Extract<RecordedEvent, { type: Type }>;

/** One reaction to events. `handle` may see an event again after a crash: doing it twice must be as doing it once. */
export type EventProcess<Type extends EventType> = Readonly<{
  name: string;
  types: readonly Type[];
  /** Picks up everything that still matters, before the first event: without a checkpoint, what came earlier is then not looked at. */
  recover?: (signal: AbortSignal) => Promise<void>;
  handle: (event: EventOfType<Type>, signal: AbortSignal) => Promise<Step>;
  /**
   * So many events are handled at once, one where absent. Those of one stream come one after the other all the same, and an error is one
   * once the others are over.
   */
  atOnce?: number;
  /** How far its work is done, where that may be less far than `reached`, the last event that it has seen. */
  checkpoint?: (reached: Position) => Position;
}>;

export type EventProcessDependencies = LoopDependencies &
  Readonly<{
    changes: ChangeFeed;
    checkpoints: CheckpointStore;
    commands: Readonly<{ eventStore: Pick<EventStore, 'lastPosition' | 'readAll'> }>;
  }>;

/**
 * Runs one process for ever, event by event, from its checkpoint, each event after the read models show it. An error leads back to the
 * last checkpoint; only `stop()`, or a handler that answers `stop`, ends it.
 */
export function runEventProcess<Type extends EventType>(
  process: EventProcess<Type>,
  dependencies: EventProcessDependencies,
): RunningLoop {
  const { changes, checkpoints } = dependencies;
  const { name, types } = process;
  const isMine = (event: RecordedEvent): event is EventOfType<Type> =>
    types.some((type) => type === event.type);
  // Of the first run: what `recover` finds again after a failure may begin later.
  let recoveredFrom: Position | undefined;
  let from: Position | undefined;
  return runBackgroundLoop(
    name,
    async (signal, progress) => {
      recoveredFrom ??= process.recover ? changes.position() : startPosition;
      await process.recover?.(signal);
      progress.goesWell();
      const after = from ?? (await beginning(process, recoveredFrom, dependencies));
      from = after;
      const saving = pacedCheckpoint(async (reached) => {
        const checkpoint = process.checkpoint?.(reached) ?? reached;
        // Nothing of what it has seen is done: the checkpoint that it began at stands.
        if (checkpoint === startPosition) return;
        await checkpoints.save(name, checkpoint);
        from = checkpoint;
      });
      try {
        for await (const batch of changes.follow({ after, filter: { types }, signal })) {
          for (const events of groupsOf(batch.events.filter(isMine), process.atOnce ?? 1)) {
            const handling = events.map((event) => handled(process, event, signal, progress, dependencies));
            if (!(await allOver(handling)).every(Boolean)) return;
          }
          progress.goesWell();
          saving.reached(batch.position);
        }
      } finally {
        await saving.flush();
      }
    },
    dependencies,
  );
}

/**
 * Where a process begins, whose `recover` saw what the read models showed at `recoveredFrom`: its checkpoint, unless that is of another log, or
 * of a newer copy of this one. It may be beyond what this node's read models show, who then did not show to `recover` what another node had
 * begun.
 */
async function beginning<Type extends EventType>(
  { name, recover }: EventProcess<Type>,
  recoveredFrom: Position,
  { checkpoints, commands: { eventStore } }: EventProcessDependencies,
): Promise<Position> {
  const checkpoint = await checkpoints.load(name);
  if (checkpoint === startPosition || checkpoint > (await eventStore.lastPosition())) return recoveredFrom;
  if (recover !== undefined && recoveredFrom < checkpoint) return recoveredFrom;
  return (await isPlaceIn(eventStore, checkpoint)) ? checkpoint : recoveredFrom;
}

/** `events` in their order, in groups of at most `limit` that are of different streams. */
function groupsOf<Event extends RecordedEvent>(
  events: readonly Event[],
  limit: number,
): readonly (readonly Event[])[] {
  const groups: Event[][] = [];
  let streams = new Set<string>();
  for (const event of events) {
    const group = groups.at(-1);
    if (group !== undefined && group.length < limit && !streams.has(event.stream)) group.push(event);
    else {
      groups.push([event]);
      streams = new Set();
    }
    streams.add(event.stream);
  }
  return groups;
}

/** What all of them answer, once none is under way any more. Throws what the first of them throws. */
async function allOver<Answer>(promises: readonly Promise<Answer>[]): Promise<readonly Answer[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** False where the process is to stop. */
async function handled<Type extends EventType>(
  process: EventProcess<Type>,
  event: EventOfType<Type>,
  signal: AbortSignal,
  progress: LoopProgress,
  { clock, logger, metrics }: EventProcessDependencies,
): Promise<boolean> {
  const about = { loop: process.name, event: event.id, stream: event.stream };
  for (;;) {
    const step = await process.handle(event, signal);
    switch (step.kind) {
      case 'done':
        return true;
      case 'skip':
        logger.warn({ ...about, reason: step.reason }, 'skipped an event');
        metrics.count('event_skipped', { loop: process.name });
        return true;
      case 'stop':
        logger.error({ ...about, reason: step.reason }, 'a background loop stops for good');
        return false;
      case 'retry':
        progress.failed(step.reason);
        await clock.sleep(step.afterMs, signal);
        break;
      default:
        return assertNever(step);
    }
  }
}
