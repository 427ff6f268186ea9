import { eventTypeFilter, type Filter, streamNameFilter } from '@eventstore/db-client';
import type { EventFilter } from '../../ports/eventStore.ts';
import type { EventPlace } from './eventStoreEnd.ts';
import type { EventStoreNames } from './eventStoreNames.ts';

/** Events that the server looks at between two checkpoints, in steps of 32: a checkpoint costs a look at the end of the log. */
const checkpointInterval = 32;

/**
 * What the server is to send: at least what `filter` wants, and the event `goal`, whether wanted or not. The server compares beginnings, and
 * knows either streams or types, so more may come, of other installations too: `toStoredEvent` and the port's `passes` decide.
 */
export function serverFilter(
  names: EventStoreNames,
  filter: EventFilter | undefined,
  goal: EventPlace | undefined,
  checkpointReached: NonNullable<Filter['checkpointReached']>,
): Filter {
  const settings = { checkpointInterval, checkpointReached };
  if (filter && 'types' in filter && filter.types.length > 0) {
    return eventTypeFilter({ ...settings, prefixes: [...filter.types, ...(goal ? [goal.type] : [])] });
  }
  if (filter && 'categories' in filter && filter.categories.length > 0) {
    const wanted = filter.categories.map(names.beginningOf);
    return streamNameFilter({
      ...settings,
      prefixes: [...wanted, ...(goal ? [names.toServer(goal.stream)] : [])],
    });
  }
  return streamNameFilter({ ...settings, prefixes: [...names.beginnings] });
}
