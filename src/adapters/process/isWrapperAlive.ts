import { uptime } from 'node:os';
import type { Clock } from '../../ports/clock.ts';
import type { RecordedState } from './containerFolder.ts';
import { isWrapper } from './processTree.ts';

export type Begun = Extract<RecordedState, { status: 'starting' | 'started' | 'ended' }>;

/** How long after making its file the wrapper may take to write its id there. */
const settleMs = 2_000;

/** Whether the wrapper that left these files still runs. */
export function isWrapperAlive(containerId: string, state: Begun, clock: Clock): boolean {
  return state.status === 'starting'
    ? clock.nowMs() - state.sinceMs < settleMs
    : isWrapper(containerId, state.wrapperPid);
}

/** The last moment at which the wrapper may have lived, by these files: none outlives its host. */
export function mayHaveLivedUntilMs(state: Begun, clock: Clock): number {
  if (state.status === 'ended') return Date.parse(state.finishedAt);
  const startedMs = state.status === 'starting' ? state.sinceMs : Date.parse(state.startedAt);
  const bootedMs = clock.nowMs() - uptime() * 1000;
  return startedMs < bootedMs ? startedMs : clock.nowMs();
}
