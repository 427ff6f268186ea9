import type { Position, RecordedEvent } from '../../../domain/events.ts';
import type { WorkspaceId } from '../../../domain/ids.ts';
import type { UsageGrouping, UsageRow } from '../../../ports/readModels.ts';
import type { ApiServices } from '../../context.ts';
import { maxPageItems } from '../../operations/pagination.ts';
import type { UsageTotalModel } from '../models.ts';

export type UsageUpdate = Readonly<{
  position: Position;
  total: UsageTotalModel;
  rows: readonly UsageRow[];
  hasMoreRows: boolean;
}>;
export type WatchedUsage = Readonly<{
  range: Readonly<{ from: string; to: string }>;
  groupBy: UsageGrouping | undefined;
}>;

/**
 * Usage as it is (unless `after` says that the client has seen it), then whenever a job that ended changes it, until `signal` aborts. Jobs
 * that end together share a message. Throws as `ChangeFeed.follow`.
 */
export async function* usageUpdates(
  services: ApiServices,
  workspaceId: WorkspaceId,
  usage: WatchedUsage,
  after: Position | undefined,
  signal: AbortSignal,
): AsyncIterable<UsageUpdate> {
  const { changes } = services;
  let told = after ?? changes.position();
  if (after === undefined) yield readUsage(services, workspaceId, usage);
  const matches = (event: RecordedEvent) => isCharged(services, workspaceId, usage, event);
  const filter = { types: ['JobFinished'] } as const;
  for await (const { events } of changes.follow({ after: told, filter, matches, signal })) {
    // The read models may be ahead of the follower: then an earlier message has told of these already.
    if (!events.some(({ position }) => position > told)) continue;
    const update = readUsage(services, workspaceId, usage);
    told = update.position;
    yield update;
  }
}

function isCharged(
  { models }: ApiServices,
  workspaceId: WorkspaceId,
  { range }: WatchedUsage,
  event: RecordedEvent,
): boolean {
  if (event.type !== 'JobFinished' || event.metadata.workspaceId !== workspaceId) return false;
  const { jobId, finishedAt } = event.data;
  // A job that never ran costs nothing.
  if ((models.job(workspaceId, jobId)?.startedAt ?? null) === null) return false;
  return finishedAt >= range.from && finishedAt < range.to;
}

/** Read in one turn of the event loop, so the rows are those of the position. */
function readUsage(
  { models, changes }: ApiServices,
  workspaceId: WorkspaceId,
  { range, groupBy }: WatchedUsage,
): UsageUpdate {
  const page = groupBy && models.usage(workspaceId, range, groupBy, { first: maxPageItems });
  return {
    position: changes.position(),
    total: models.usageTotal(workspaceId, range),
    rows: page?.items.map(({ item }) => item) ?? [],
    hasMoreRows: page?.hasMore ?? false,
  };
}
