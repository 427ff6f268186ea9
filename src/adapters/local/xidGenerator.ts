import { randomInt, randomUUID } from 'node:crypto';
import { encodeXid, type XidParts } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IdGenerator } from '../../ports/idGenerator.ts';

export type XidGeneratorOptions = Readonly<{ clock: Pick<Clock, 'nowMs'> }> &
  Partial<Pick<XidParts, 'machine' | 'process' | 'counter'>>;

const counters = 2 ** 24;

/**
 * Generates ids that only ever rise, also where the clock steps back and where the counter starts again from 0: the time in an id
 * is never earlier than in the id before it, and a second ahead once all counters of a second are used up.
 * The machine's bytes are random, not its name: two containers may have one name and one process id.
 */
export function createXidGenerator({
  clock,
  machine = randomInt(2 ** 24),
  process = globalThis.process.pid,
  counter: firstCounter = randomInt(counters),
}: XidGeneratorOptions): IdGenerator {
  let timeSeconds = 0;
  let counter = firstCounter - 1;

  function next(): string {
    counter = (counter + 1) % counters;
    const isUsedUp = counter === 0;
    timeSeconds = Math.max(Math.floor(clock.nowMs() / 1000), timeSeconds + (isUsedUp ? 1 : 0));
    return encodeXid({ timeSeconds, machine, process, counter });
  }

  return { id: (prefix) => `${prefix}-${next()}`, uuid: () => randomUUID() };
}
