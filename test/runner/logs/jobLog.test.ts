import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSqliteLogStore } from '../../../src/adapters/sqlite/logStore.ts';
import { noLogProgress } from '../../../src/ports/logStore.ts';
import { appendSystemLine, completeLog } from '../../../src/runner/logs/jobLog.ts';
import { manualClock } from '../../support/manualClock.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const jobId = 'job-c3rfdgg6n88pa7t3a6ag';
const at = '2026-01-01T00:00:00.000Z';

describe('a note in the log', () => {
  it('is a line of its own, and is not repeated at once', async () => {
    const folder = await tempFolder();
    const store = createSqliteLogStore({ path: join(folder.path, 'logs.db') });
    const clock = manualClock();
    await appendSystemLine(store, jobId, 'not started:\n  no such image\n', clock);
    await appendSystemLine(store, jobId, 'not started:\n  no such image\n', clock);
    await completeLog(store, jobId);
    await completeLog(store, jobId);
    await appendSystemLine(store, jobId, 'too late', clock);
    expect((await store.read(jobId, { limit: 10 })).lines).toEqual([
      { sequence: 1, at, stream: 'system', text: 'not started: no such image', rawBase64: null },
    ]);
    expect(await store.progress(jobId)).toEqual({ ...noLogProgress, lastSequence: 1, complete: true });
    await store.close();
    await folder.remove();
  });
});
