import type { WorkspaceId } from './domain/ids.ts';
import { parseEvent } from './domain/parseEvent.ts';
import type { LoopDependencies } from './ports/backgroundLoop.ts';
import { type EventStore, EventStoreUnavailableError } from './ports/eventStore.ts';

/** How an installation began. `id` is that of the event, and of no other installation. */
export type FirstWorkspace = Readonly<{ id: string; workspaceId: WorkspaceId }>;

const lookEveryMs = 500;
const tellEvery = 20;

/** The first workspace of the log; undefined where there is none yet. Throws `EventStoreUnavailableError`. */
export async function findFirstWorkspace(eventStore: EventStore): Promise<FirstWorkspace | undefined> {
  for await (const stored of eventStore.readAll({ filter: { types: ['WorkspaceCreated'] }, maxCount: 1 })) {
    const event = parseEvent(stored);
    if (event.type === 'WorkspaceCreated') return { id: event.id, workspaceId: event.data.workspaceId };
  }
  return undefined;
}

/** Waits for the first workspace, which a node that answers GraphQL makes when it starts. */
export async function untilFirstWorkspace(
  eventStore: EventStore,
  { clock, logger }: Pick<LoopDependencies, 'clock' | 'logger'>,
): Promise<FirstWorkspace> {
  for (let look = 0; ; look += 1) {
    try {
      const found = await findFirstWorkspace(eventStore);
      if (found !== undefined) return found;
      if (look % tellEvery === 0)
        logger.info({}, 'waiting for a first workspace: a node with the role api makes it');
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
      if (look % tellEvery === 0)
        logger.warn({ reason: error.message }, 'the event store does not answer yet, and is tried again');
    }
    await clock.sleep(lookEveryMs);
  }
}
