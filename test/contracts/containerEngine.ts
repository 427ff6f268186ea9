import { afterEach, beforeEach, describe, expect } from 'vitest';
import { logRules } from './containerEngine/logs.ts';
import { type OpenedContainerEngine, opened, useEngine } from './containerEngine/openedEngine.ts';
import { runRules } from './containerEngine/runs.ts';
import { stopRules } from './containerEngine/stops.ts';

export type { OpenedContainerEngine } from './containerEngine/openedEngine.ts';

/**
 * What every container engine promises (src/ports/containerEngine.ts); each adapter's test calls it. The commands need a POSIX
 * shell, and `sleep`, `seq` and `cat`.
 */
export function containerEngineContract(open: () => Promise<OpenedContainerEngine>): void {
  describe('a container engine', () => {
    beforeEach(async () => useEngine(await open()));
    afterEach(async () => {
      const { engine, close } = opened();
      for (const { containerId } of await engine.list()) await engine.remove(containerId);
      expect(await engine.list()).toEqual([]);
      await close();
    });

    describe('a run', runRules);
    describe('a log', logRules);
    describe('a stop', stopRules);
  });
}
