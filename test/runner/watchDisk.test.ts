import { expect, it } from 'vitest';
import { ContainerNotFoundError, EngineUnavailableError } from '../../src/ports/containerEngine.ts';
import { untilDiskIsFull } from '../../src/runner/watchDisk.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manualClock.ts';

/** A watch of a bound of 100 bytes, over an engine that answers `sizes` in turn. */
function watch(...sizes: readonly (number | null | Error)[]) {
  const clock = manualClock();
  const over = new AbortController();
  let looks = 0;
  let answer: string | undefined;
  const writtenBytes = async (): Promise<number | null> => {
    const size = sizes[looks] ?? null;
    looks += 1;
    if (size instanceof Error) throw size;
    return size;
  };
  const settings = { engine: { writtenBytes }, containerId: 'c1', diskBytes: 100, everyMs: 1_000, clock };
  void untilDiskIsFull(settings, over.signal).then((found) => {
    answer = found;
  });
  /** Lets time pass until the engine was asked `count` times. */
  const lookedAt = (count: number) =>
    eventually(() => {
      if (looks < count) clock.advance(1_000);
      return looks >= count;
    });
  return { lookedAt, answer: () => answer, looks: () => looks, clock, stop: () => over.abort() };
}

it('a container is full once it has written more than its bound, and not at the bound', async () => {
  const { lookedAt, answer } = watch(99, 100, 101);
  await lookedAt(2);
  expect(answer()).toBeUndefined();
  await lookedAt(3);
  expect(await eventually(answer)).toBe('diskLimit');
});

it('an engine that does not answer, or cannot tell, is asked again', async () => {
  const { lookedAt, answer } = watch(new EngineUnavailableError('away'), null, 101);
  await lookedAt(3);
  expect(await eventually(answer)).toBe('diskLimit');
});

it('a container that is gone is not asked about again', async () => {
  const { lookedAt, looks, clock, answer } = watch(new ContainerNotFoundError('gone'), 101);
  await lookedAt(1);
  for (let second = 0; second < 100; second += 1) {
    clock.advance(1_000);
    await Promise.resolve();
  }
  expect(looks()).toBe(1);
  expect(answer()).toBeUndefined();
});

it('nothing is asked once the watch is over', async () => {
  const { looks, clock, stop } = watch(101);
  stop();
  clock.advance(10_000);
  await Promise.resolve();
  expect(looks()).toBe(0);
});
