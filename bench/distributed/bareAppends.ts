/*
 * Appends one event each to new streams, as the client of EventStoreDB does it by itself, with so many appends under way.
 * Arguments: the connection string, what the names of streams begin with, appends at once, seconds to warm up, seconds to measure.
 */
import { EventStoreDBClient, type JSONType, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { createXidGenerator } from '../../src/adapters/local/xidGenerator.ts';
import { toNewEvents } from '../../src/commands/appendEvents.ts';
import { commandContext } from '../../test/support/commandHarness.ts';
import { jobCreated } from '../../test/support/samples.ts';

const [connectionString = '', prefix = '', ...numbers] = process.argv.slice(2);
const [atOnce = 1, warmUpSeconds = 1, seconds = 1] = numbers.map(Number);
const ids = createXidGenerator({ clock: { nowMs: Date.now } });
const client = EventStoreDBClient.connectionString(connectionString);
const warmUp = await appendFor(warmUpSeconds);
const measured = await appendFor(seconds);
await client.dispose();
console.log(JSON.stringify({ warmUp, measured }));
process.exit(0);

async function appendFor(forSeconds: number): Promise<Readonly<{ requests: number; seconds: number }>> {
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  let requests = 0;
  const work = async () => {
    while (elapsed() < forSeconds) {
      await append();
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { requests, seconds: elapsed() };
}

/** The event that a creation leaves. */
async function append(): Promise<void> {
  const jobId = ids.id('job');
  const events = toNewEvents(ids, commandContext, [jobCreated({ jobId })]);
  await client.appendToStream(
    `${prefix}job-${jobId}`,
    events.map(({ id, type, data, metadata }) => jsonEvent({ id, type, data: data as JSONType, metadata })),
    { expectedRevision: NO_STREAM },
  );
}
