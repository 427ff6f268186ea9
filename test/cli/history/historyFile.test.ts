import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryFileError } from '../../../src/cli/history/historyErrors.ts';
import type { HistoryRecord } from '../../../src/cli/history/historyRecord.ts';
import { readHistoryFile } from '../../../src/cli/history/readHistoryFile.ts';
import { writeHistoryFile } from '../../../src/cli/history/writeHistoryFile.ts';
import { collect, metadata } from '../../contracts/eventStore/events.ts';
import { job, lineOf, progressAt } from '../../support/logLines.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const header: HistoryRecord = {
  kind: 'header',
  format: 'oneoff-history',
  version: 1,
  oneoff: '1.2.3',
  madeAt: '2026-01-01T00:00:00.000Z',
  logs: true,
};

describe.each(['history.ndjson', 'history.ndjson.gz'])('a history file %s', (name) => {
  const isPacked = name.endsWith('.gz');
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let path: string;
  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder.path, name);
  });
  afterEach(() => folder.remove());
  const text = async () => {
    const bytes = await readFile(path);
    return (isPacked ? gunzipSync(bytes) : bytes).toString('utf8');
  };
  /** Puts `content` in place of the file, packed as it was. */
  const replace = (content: string) => writeFile(path, isPacked ? gzipSync(content) : content);
  const read = () => collect(readHistoryFile(path));

  it('gives back what was written, with counts and a hash of it as its end', async () => {
    const records = [header, eventOf(0), eventOf(1), logOf(2), logOf(3, null), logOf(1)];
    expect(await writeHistoryFile(path, each(records))).toEqual({ events: 2, logs: 2, lines: 6 });
    const lines = (await text()).split('\n').slice(0, records.length);
    const sha256 = createHash('sha256')
      .update(`${lines.join('\n')}\n`)
      .digest('hex');
    const end = { kind: 'end', events: 2, logs: 2, lines: 6, sha256 };
    expect(await read()).toEqual([...records, end]);
  });

  it('gives back any text, whatever ends lines elsewhere', async () => {
    const ends = '\n \r \r\n \u2028 \u2029 \u0085 \u0000 📦 \\n';
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constant(ends),
      fc.constant('x'.repeat(200_000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { maxLength: 8 }), async (several) => {
        path = join(folder.path, `${randomUUID()}-${name}`);
        const records = [header, ...several.map((data, index) => ({ ...eventOf(index), data }))];
        await writeHistoryFile(path, each(records));
        expect((await read()).slice(0, -1)).toEqual(records);
      }),
      { numRuns: 30 },
    );
  });

  it('is refused where it was cut, wherever that was', async () => {
    await writeHistoryFile(path, each([header, eventOf(0), logOf(2)]));
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (bytes) => {
        await writeFile(path, whole.subarray(0, bytes));
        await expect(read()).rejects.toThrow(HistoryFileError);
      }),
      { numRuns: 60, examples: [[whole.length - 1], [0]] },
    );
  });

  it('is refused where a byte of it was changed, whichever that was', async () => {
    await writeHistoryFile(path, each([header, eventOf(0), logOf(2)]));
    const whole = Buffer.from(await text());
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 127 }), async (place, other) => {
        const changed = Buffer.from(whole);
        changed[place] = (whole[place] ?? 0) ^ other;
        await writeFile(path, isPacked ? gzipSync(changed) : changed);
        await expect(read()).rejects.toThrow(HistoryFileError);
      }),
      { numRuns: 60 },
    );
  });

  it('says what was changed', async () => {
    await writeHistoryFile(path, each([header, eventOf(0), eventOf(1)]));
    const lines = (await text()).split('\n');
    await replace(lines.filter((_, index) => index !== 2).join('\n'));
    await expect(read()).rejects.toThrow(
      `${path} was changed after it was written: events 1, where its end says 2`,
    );
    await replace((await text()).replace('"number":0', '"number":9').replace('"events":2', '"events":1'));
    await expect(read()).rejects.toThrow('was changed after it was written: sha256 ');
    await replace(`${lines.slice(0, 2).join('\n')}\n`);
    await expect(read()).rejects.toThrow(
      `${path} is cut short: it ends after line 2, without a record of its end`,
    );
  });

  it('is refused where a record is at the wrong place, and the message names the line', async () => {
    const refused = async (records: readonly HistoryRecord[], message: string) => {
      path = join(folder.path, `${randomUUID()}-${name}`);
      await writeHistoryFile(path, each(records));
      await expect(read()).rejects.toThrow(`${path}, line ${message}`);
    };
    await refused([eventOf(0)], '1: a history begins with its header, not with a record "event"');
    await refused([header, logOf(1), eventOf(0)], '3: a record "event" cannot come after "log"');
    await refused([header, header], '2: a record "header" cannot come after "header"');
    await refused(
      [{ ...header, version: 2 }],
      '1: the history has format 2, written by oneoff 1.2.3; this program knows 1',
    );
  });

  it('is refused where something comes after its end', async () => {
    await writeHistoryFile(path, each([header]));
    await replace(`${await text()}${JSON.stringify(eventOf(0))}\n`);
    await expect(read()).rejects.toThrow('line 3: a record "event" cannot come after "end"');
  });

  it.each(['', 'not a history\n', '{"kind":"event"}\n', '[]\n'])(
    'is none with the content %j',
    async (content) => {
      await replace(content);
      await expect(read()).rejects.toThrow(HistoryFileError);
    },
  );

  it('never takes the place of another file', async () => {
    await writeFile(path, 'mine');
    await expect(writeHistoryFile(path, each([header]))).rejects.toThrow(
      `${path} is there already: give the name of a new file`,
    );
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('has its name only once it is whole, and takes what an earlier try left', async () => {
    const failing = async function* () {
      yield header;
      throw new Error('the log went away');
    };
    await expect(writeHistoryFile(path, failing())).rejects.toThrow('the log went away');
    expect(await readdir(folder.path)).toEqual([`${name}.partial`]);
    await writeHistoryFile(path, each([header]));
    expect(await readdir(folder.path)).toEqual([name]);
    expect(await read()).toHaveLength(2);
  });

  it.skipIf(process.platform === 'win32')('can be read by its owner alone', async () => {
    await writeHistoryFile(path, each([header]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

function eventOf(number: number): HistoryRecord {
  return {
    kind: 'event',
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    stream: 'job-job-1',
    revision: number,
    type: 'JobStarted',
    recordedAt: '2026-01-01T00:00:00.000Z',
    metadata,
    data: { number },
  };
}

function logOf(count: number, progress: 'whole' | null = 'whole'): HistoryRecord {
  const lines = Array.from({ length: count }, (_, index) => lineOf(index + 1));
  return { kind: 'log', jobId: job, lines, progress: progress && progressAt(count) };
}

async function* each(records: readonly HistoryRecord[]): AsyncGenerator<HistoryRecord> {
  yield* records;
}
