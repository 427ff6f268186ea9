import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openTestApp } from '../support/testApp.ts';
import { ranJob, readyService } from '../support/testJobs.ts';

const page = readFileSync('docs/explanation/scaling.md', 'utf8');

it.each([
  [1, { idempotencyKey: 'a-key' }],
  [2, {}],
])('the page of scaling counts the events of a job, and their bytes (column %i)', async (column, input) => {
  const app = await openTestApp();
  try {
    const client = await app.workspace();
    const serviceId = await readyService(app, client);
    const { eventStore } = app.stores.commands;
    const before = await eventStore.lastPosition();
    await ranJob(app, client, serviceId, 1_000, input);
    let events = 0;
    let bytes = 0;
    for await (const { data, metadata } of eventStore.readAll({ after: before })) {
      events += 1;
      bytes += JSON.stringify(data).length + JSON.stringify(metadata).length;
    }
    expect(numberIn('events', column)).toBe(events);
    expect(numberIn('appends to EventStoreDB', column)).toBe(events);
    const written = numberIn('bytes of JSON', column);
    expect(written / bytes).toBeGreaterThan(0.8);
    expect(written / bytes).toBeLessThan(1.25);
  } finally {
    await app.close();
  }
});

const millions = [1, 3, 10];
const projectedPerSecond = 3_000;

it.each(rowsOf('W, appends/s'))('the page of scaling counts cells as it says: %s', (appends, ...counted) => {
  const jobsPerSecond = Math.min(numberOf(appends) / numberIn('events', 1), projectedPerSecond);
  const jobsPerHour = (jobsPerSecond * 3_600) / 2;
  const cells = millions.map((count) => Math.ceil((count * 1e6) / jobsPerHour));
  expect(counted.map(numberOf)).toEqual([jobsPerHour, ...cells]);
});

it.each(rowsOf('jobs/h'))('the page of scaling counts hosts as it says: %s', (jobs, ...counted) => {
  const perHour = numberOf(jobs) * 1e6;
  const [slots, seconds, startsPerSecond] = [50, 5, 40 / 6.21];
  const atOnce = (perHour / 3_600) * seconds;
  const hosts = [Math.ceil(atOnce / slots), Math.ceil(perHour / 3_600 / startsPerSecond)];
  expect(counted.map(numberOf)).toEqual([Math.round(atOnce), ...hosts]);
});

/** The cells of each row of the table whose head begins so. */
function rowsOf(head: string): string[][] {
  const [, table = ''] = page.split(`\n| ${head} |`);
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(2)
    .map((row) => row.slice(2, -2).split(' | '));
}

function numberIn(row: string, column: number): number {
  return numberOf(new RegExp(`^\\| ${row} \\|(.*)\\|$`, 'm').exec(page)?.[1]?.split('|')[column - 1]);
}

function numberOf(cell = ''): number {
  return Number(/[\d,]+/.exec(cell)?.[0].replaceAll(',', ''));
}
