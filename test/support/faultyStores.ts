import { type EventStore, EventStoreUnavailableError } from '../../src/ports/eventStore.ts';
import { type ReadModelStore, ReadModelStoreUnavailableError } from '../../src/ports/readModelStore.ts';
import { type RunnerDirectory, RunnerDirectoryUnavailableError } from '../../src/ports/runnerDirectory.ts';

export function givingEverythingTwice(store: EventStore): EventStore {
  return {
    ...store,
    subscribe: async function* (options) {
      for await (const batch of store.subscribe(options)) {
        const events = [...batch.events.flatMap((event) => [event, event]), ...batch.events];
        yield { ...batch, events };
        yield batch;
      }
    },
  };
}

export function downWhile(store: EventStore, isDown: () => boolean): EventStore {
  return {
    ...store,
    subscribe: (options) => {
      if (isDown()) throw new EventStoreUnavailableError('the log is down');
      return store.subscribe(options);
    },
  };
}

export function endingAfterEachBatch(store: EventStore): EventStore {
  return {
    ...store,
    subscribe: async function* (options) {
      for await (const batch of store.subscribe(options)) {
        yield batch;
        if (batch.events.length > 0) return;
      }
    },
  };
}

/** The real rows, which cannot be kept the first `times`. */
export function failingTimes(store: ReadModelStore, times: number): ReadModelStore {
  let left = times;
  return {
    ...store,
    keep: (position) => {
      left -= 1;
      if (left < 0) return store.keep(position);
      store.forget();
      throw new ReadModelStoreUnavailableError('the disk is full');
    },
  };
}

/** A real directory that can be made not to take announcements. */
export function directoryWithOutages(directory: RunnerDirectory) {
  let manner: 'takes' | 'fails' | 'hangs' = 'takes';
  const faulty: RunnerDirectory = {
    ...directory,
    announce: (status) => {
      if (manner === 'hangs') return new Promise(() => undefined);
      if (manner === 'takes') return directory.announce(status);
      return Promise.reject(new RunnerDirectoryUnavailableError('no answer'));
    },
  };
  return {
    directory: faulty,
    goAway: (how: 'fails' | 'hangs' = 'fails') => {
      manner = how;
    },
    comeBack: () => {
      manner = 'takes';
    },
  };
}
