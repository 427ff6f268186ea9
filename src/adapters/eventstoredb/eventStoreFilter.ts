import { eventTypeFilter, type Filter, streamNameFilter } from '@eventstore/db-client';
import type { EventFilter } from '../../ports/eventStore.ts';
import type { EventPlace } from './eventStoreEnd.ts';
import { streamPrefixes } from './eventStoreEvent.ts';

/** Events that the server looks at between two checkpoints, in steps of 32: a checkpoint costs a look at the end of the log. */
const checkpointInterval = 32;

/**
 * What the server is to send: at least what `filter` wants, and the event `goal`, whether wanted or not. The server compares beginnings, and
 * knows either streams or types, so more may come: the port's `passes` decides.
 */
export function serverFilter(
  filter: EventFilter | undefined,
  goal: EventPlace | undefined,
  checkpointReached: NonNullable<Filter['checkpointReached']>,
): Filter {
  const settings = { checkpointInterval, checkpointReached };
  if (filter && 'types' in filter && filter.types.length > 0) {
    return eventTypeFilter({ ...settings, prefixes: [...filter.types, ...(goal ? [goal.type] : [])] });
  }
  if (filter && 'categories' in filter && filter.categories.length > 0) {
    const wanted = filter.categories.map((category) => `${category}-`);
    return streamNameFilter({ ...settings, prefixes: [...wanted, ...(goal ? [goal.stream] : [])] });
  }
  return streamNameFilter({ ...settings, prefixes: [...streamPrefixes] });
}
