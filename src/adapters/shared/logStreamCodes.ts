import type { LogStreamName } from '../../ports/logStore.ts';

/** Stored lines name their stream by its place in this list: never reorder it. */
export const logStreamCodes: readonly LogStreamName[] = ['stdout', 'stderr', 'system'];
