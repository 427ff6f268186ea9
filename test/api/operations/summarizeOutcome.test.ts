import { expect, it } from 'vitest';
import { summarizeOutcome } from '../../../src/api/operations/summarizeOutcome.ts';
import type { Outcome } from '../../../src/domain/jobEvents.ts';

const runnerId = 'rnr-c3rfdgg6n88pa7t3a6f0';

it.each<[Outcome, string]>([
  [{ kind: 'succeeded' }, 'Exited with code 0.'],
  [{ kind: 'exited', exitCode: 3 }, 'Exited with code 3.'],
  [
    { kind: 'exited', exitCode: 137 },
    'Exited with code 137, as a command does that was killed by signal 9 (SIGKILL).',
  ],
  [{ kind: 'exited', exitCode: 200 }, 'Exited with code 200.'],
  [{ kind: 'oomKilled', memoryBytes: 512 * 1024 ** 2 }, 'Out of memory at 512 MB.'],
  [{ kind: 'oomKilled', memoryBytes: 1.5 * 1024 ** 3 }, 'Out of memory at 1.5 GB.'],
  [{ kind: 'diskLimitExceeded', limitBytes: 10 * 1024 ** 3 }, 'Killed for writing more than 10 GB to disk.'],
  [{ kind: 'timedOut', afterSeconds: 90 }, 'Timed out after 1 min 30 s.'],
  [{ kind: 'timedOut', afterSeconds: 7200 }, 'Timed out after 2 h.'],
  [{ kind: 'timedOut', afterSeconds: 0.5 }, 'Timed out after 0.5 s.'],
  [
    { kind: 'runnerLost', runnerId, cause: 'containerGone' },
    'Its container was removed or killed, and not by oneoff.',
  ],
  [{ kind: 'expired' }, 'No runner could take it in time.'],
])('%j is told as "%s"', (outcome, summary) => {
  expect(summarizeOutcome(outcome, 'docker')).toBe(summary);
});

it('says where there was no isolation', () => {
  expect(summarizeOutcome({ kind: 'succeeded' }, 'process')).toBe(
    'Exited with code 0. It ran without isolation.',
  );
  expect(summarizeOutcome({ kind: 'expired' }, 'process')).toBe('No runner could take it in time.');
});
