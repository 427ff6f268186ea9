import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { createSecretBox } from '../../../src/adapters/local/secretBox.ts';
import { createSqliteEventStore } from '../../../src/adapters/sqlite/eventStore.ts';
import { HistoryFileError, ImportRefusedError } from '../../../src/cli/history/historyErrors.ts';
import { sealEnvironment } from '../../../src/commands/sealEnvironment.ts';
import type { EventStore, NewEvent } from '../../../src/ports/eventStore.ts';
import { collect, newEvent, newStream } from '../../contracts/eventStore/events.ts';
import {
  type EventStoreDbServer,
  startEventStoreDbServer,
} from '../../support/eventstoredb/eventStoreDbServer.ts';
import { histories } from '../../support/histories.ts';
import { manualClock } from '../../support/manualClock.ts';
import { exported, imported, secretBox, withPlaces } from '../../support/movedHistory.ts';
import { appendHistory, openReadSide, type ReadSide, sampleEvent } from '../../support/readSide.ts';
import { jobCreated, jobFinished, rules, serviceCreated, workspaceId } from '../../support/samples.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('a history that moves', () => {
  const closing: (() => unknown)[] = [];
  let folder: string;
  let path: string;
  beforeEach(async () => {
    const made = await tempFolder();
    closing.push(made.remove);
    folder = made.path;
    path = join(folder, 'history.ndjson');
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  let opened = 0;
  const newSqlite = (): EventStore => {
    opened += 1;
    const clock = manualClock(Date.parse('2025-06-07T08:09:10.011Z'));
    const store = createSqliteEventStore({ path: join(folder, `events-${opened}.db`), clock });
    closing.push(() => store.close());
    return store;
  };
  const newServer = async (): Promise<EventStoreDbServer> => {
    const server = await startEventStoreDbServer();
    closing.push(() => server.close());
    return server;
  };
  const open = ({ connectionString }: EventStoreDbServer): EventStore => {
    const store = createEventStoreDbEventStore({ connectionString });
    closing.push(() => store.close());
    return store;
  };
  const newEventStoreDb = async (): Promise<EventStore> => open(await newServer());
  /** The read models of `log`, as a node that starts on it makes them. */
  const readModelsOf = async (log: EventStore): Promise<string> => {
    const made = await tempFolder();
    const side: ReadSide = await openReadSide(made.path, { wrapLog: () => log });
    await side.catchUp();
    const rows = await withPlaces(side.dump(), log);
    await side.close();
    await made.remove();
    return rows;
  };
  const withoutPositions = async (log: EventStore) =>
    (await collect(log.readAll())).map(({ position: _, ...event }) => event);

  it('from SQLite to EventStoreDB, and back, keeps every event, its instant and every row of the read models', async () => {
    await fc.assert(
      fc.asyncProperty(histories({ maxSteps: 100 }), fc.boolean(), async (history, isPacked) => {
        const name = join(folder, `${randomUUID()}.ndjson${isPacked ? '.gz' : ''}`);
        const [embedded, distributed, back] = [newSqlite(), await newEventStoreDb(), newSqlite()];
        await appendHistory(embedded, history);
        await exported(name, { events: embedded });
        await imported(name, { events: distributed });
        expect(await withoutPositions(distributed)).toEqual(await withoutPositions(embedded));
        expect(await readModelsOf(distributed)).toEqual(await readModelsOf(embedded));

        await exported(`${name}.back`, { events: distributed });
        await imported(`${name}.back`, { events: back });
        expect(await withoutPositions(back)).toEqual(await withoutPositions(embedded));
        expect(await readModelsOf(back)).toEqual(await readModelsOf(embedded));
      }),
      { numRuns: 6 },
    );
  });

  it('keeps its order, however many and however large its events are', async () => {
    const [source, target] = [newSqlite(), await newEventStoreDb()];
    const streams = Array.from({ length: 4 }, () => newStream('workspace'));
    for (let count = 0; count < 700; count += 1) {
      const name = count % 150 === 149 ? 'x'.repeat(300_000) : 'moved';
      const events = Array.from({ length: 1 + (count % 3) }, () => workspaceEvent(name));
      await source.append(streams[count % 4] ?? newStream(), events, 'any');
    }
    await exported(path, { events: source });
    await imported(path, { events: target });
    expect(await withoutPositions(target)).toEqual(await withoutPositions(source));
  });

  it('goes on where an import was cut short, wherever that was, and is harmless when it is repeated', async () => {
    const source = newSqlite();
    for (let count = 0; count < 40; count += 1)
      await source.append(newStream(), [workspaceEvent()], 'noStream');
    await exported(path, { events: source });
    const wanted = await withoutPositions(source);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(39), { maxLength: 4 }), async (cuts) => {
        const target = await newEventStoreDb();
        for (const cut of cuts)
          await imported(path, { events: cutAfter(target, cut) }).catch(() => undefined);
        await imported(path, { events: target });
        const printed = await imported(path, { events: target });
        expect(printed).toContain('The event log holds the first 40 events of it already.');
        expect(await withoutPositions(target)).toEqual(wanted);
      }),
      { numRuns: 10 },
    );
  });

  it('outlasts a server that dies after it has written, before it has answered', async () => {
    const [source, server] = [newSqlite(), await newServer()];
    await source.append(newStream(), [workspaceEvent()], 'noStream');
    await source.append(newStream(), [workspaceEvent()], 'noStream');
    await exported(path, { events: source });
    const target = open(server);
    server.killAfterNextAppend();
    const importing = imported(path, { events: target });
    await expect.poll(() => server.wasKilled()).toBe(true);
    await server.restart();
    await importing;
    expect(await withoutPositions(target)).toEqual(await withoutPositions(source));
  });

  it('takes what a later export has in addition', async () => {
    const [source, target] = [newSqlite(), await newEventStoreDb()];
    const stream = 'job-job-c3rfdgg6n88pa7t3a6e0';
    await appendHistory(source, [sampleEvent(stream, jobCreated())]);
    await exported(path, { events: source });
    await imported(path, { events: target });
    await appendHistory(source, [sampleEvent(stream, jobFinished())]);
    await exported(`${path}.later`, { events: source });
    expect(await imported(`${path}.later`, { events: target })).toContain(
      'Imported: the event log holds the whole history, 2 events, compared one by one.',
    );
    expect(await withoutPositions(target)).toEqual(await withoutPositions(source));
  });

  it('leaves alone what came after it, and says so', async () => {
    const [source, target] = [newSqlite(), newSqlite()];
    await appendHistory(source, [sampleEvent('job-job-c3rfdgg6n88pa7t3a6e0', jobCreated())]);
    await exported(path, { events: source });
    await imported(path, { events: target });
    await appendHistory(target, [sampleEvent('job-job-c3rfdgg6n88pa7t3a6e0', jobFinished())]);
    expect(await imported(path, { events: target })).toContain(
      'The event log holds 1 event more, from after the history.',
    );
    expect(await withoutPositions(target)).toHaveLength(2);
  });

  it('is refused by a log in which a node has begun a history of its own, and nothing is written', async () => {
    const [source, target] = [newSqlite(), await newEventStoreDb()];
    await appendHistory(source, [sampleEvent('job-job-c3rfdgg6n88pa7t3a6e0', jobCreated())]);
    await exported(path, { events: source });
    const begun = workspaceEvent();
    await target.append('workspace-wks-other', [begun], 'noStream');
    const refusal = imported(path, { events: target });
    await expect(refusal).rejects.toThrow(ImportRefusedError);
    await expect(refusal).rejects.toThrow(
      `event 1 of the log is WorkspaceCreated workspace-wks-other@0 (${begun.id}), where the history has JobCreated job-job-c3rfdgg6n88pa7t3a6e0@0`,
    );
    expect(await withoutPositions(target)).toHaveLength(1);
  });

  it('is refused by a log that holds the same events with another instant', async () => {
    const [source, target] = [newSqlite(), newSqlite()];
    const event = workspaceEvent();
    await source.append('workspace-wks-1', [event], 'noStream');
    await target.append(
      'workspace-wks-1',
      [{ ...event, recordedAt: '2020-01-01T00:00:00.000Z' }],
      'noStream',
    );
    await exported(path, { events: source });
    await expect(imported(path, { events: target })).rejects.toThrow(ImportRefusedError);
  });

  it('is given up where another writes to its streams meanwhile', async () => {
    const [source, target] = [newSqlite(), await newEventStoreDb()];
    const stream = 'job-job-c3rfdgg6n88pa7t3a6e0';
    await appendHistory(source, [sampleEvent(stream, jobCreated()), sampleEvent(stream, jobFinished())]);
    await exported(path, { events: source });
    const disturbed: EventStore = {
      ...target,
      appendInTurn: async (appends) => {
        await target.append(stream, [newEvent()], 'any');
        return target.appendInTurn(appends);
      },
    };
    const refusal = imported(path, { events: disturbed });
    await expect(refusal).rejects.toThrow(ImportRefusedError);
    await expect(refusal).rejects.toThrow('Another writes to the event log while the history is imported');
  });

  it('is refused where the key at hand opens none of its secrets', async () => {
    const [source, target] = [newSqlite(), newSqlite()];
    await appendHistory(source, [serviceWith(secretBox)]);
    await exported(path, { events: source });
    const secrets = createSecretBox(randomBytes(32));
    const refusal = imported(path, { events: target, secrets });
    await expect(refusal).rejects.toThrow(
      'None of the 1 sealed values in this history opens with the key at hand',
    );
    expect(await withoutPositions(target)).toEqual([]);
  });

  it('says how many of its secrets the key at hand does not open, where it opens others', async () => {
    const [source, target] = [newSqlite(), newSqlite()];
    await appendHistory(source, [serviceWith(secretBox), serviceWith(createSecretBox(randomBytes(32)))]);
    await exported(path, { events: source });
    expect(await imported(path, { events: target })).toContain(
      '*** The key at hand opens some of the secrets in it, but not 1 sealed value.',
    );
  });

  it('is refused where it holds an event that this program does not know, before anything is written', async () => {
    const [source, target] = [newSqlite(), newSqlite()];
    await source.append(newStream(), [workspaceEvent()], 'noStream');
    await source.append('job-of-tomorrow', [{ ...newEvent(), type: 'JobTeleported' as never }], 'noStream');
    await exported(path, { events: source });
    const refusal = imported(path, { events: target });
    await expect(refusal).rejects.toThrow(HistoryFileError);
    await expect(refusal).rejects.toThrow('job-of-tomorrow@0: unknown event type JobTeleported');
    expect(await withoutPositions(target)).toEqual([]);
  });

  it('ends where the log did when the export began, and the export says that there is more', async () => {
    const source = newSqlite();
    await source.append(newStream(), [workspaceEvent()], 'noStream');
    const busy: EventStore = {
      ...source,
      readAll: async function* (options) {
        await source.append(newStream(), [workspaceEvent()], 'noStream');
        yield* source.readAll(options);
      },
    };
    const printed = await exported(path, { events: busy });
    expect(printed).toContain(`Exported 1 event and no logs to ${path}.`);
    expect(printed.filter((line) => line.startsWith('*** oneoff ran on meanwhile'))).toHaveLength(1);
  });

  it('tells where the key of its secrets is', async () => {
    expect((await exported(path, { events: newSqlite() })).at(-1)).toBe(
      'The key that opens the secrets in it is not in it. It is in data/secret.key: take it along.',
    );
  });
});

function workspaceEvent(name = 'moved'): NewEvent {
  return newEvent({ workspaceId, name, createdAt: '2026-01-01T00:00:00.000Z' }, 'WorkspaceCreated');
}

/** The real store, which fails for good once `count` appends of this run are written. */
function cutAfter(store: EventStore, count: number): EventStore {
  let left = count;
  return {
    ...store,
    appendInTurn: async (appends) => {
      const written = await store.appendInTurn(appends.slice(0, left));
      left -= written.length;
      if (written.length < appends.length) throw new Error('cut short');
      return written;
    },
  };
}

function serviceWith(secrets: Parameters<typeof sealEnvironment>[0]) {
  const input = [{ key: 'TOKEN', value: 'hush', secret: true }];
  const serviceId = `srv-${randomBytes(10).toString('hex')}` as const;
  const environment = sealEnvironment(secrets, input, rules.limits);
  return sampleEvent(`service-${serviceId}`, serviceCreated({ serviceId, environment }));
}
