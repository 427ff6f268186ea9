import type { EventStore } from './ports/eventStore.ts';
import type { Metrics } from './ports/telemetry.ts';

/** `eventStore`, with the time that each append takes observed. */
export function measuredAppends(eventStore: EventStore, metrics: Metrics): EventStore {
  const measured = async <Result>(appended: () => Promise<Result>): Promise<Result> => {
    const startedMs = performance.now();
    const result = await appended();
    metrics.observe('append', (performance.now() - startedMs) / 1000);
    return result;
  };
  return {
    ...eventStore,
    append: (...append) => measured(() => eventStore.append(...append)),
    appendInTurn: (appends) => measured(() => eventStore.appendInTurn(appends)),
  };
}
