import { describe, expect, it } from 'vitest';
import type { Position } from '../../src/domain/events.ts';
import { pacedCheckpoint } from '../../src/processes/pacedCheckpoint.ts';
import { eventually } from '../support/eventually.ts';

const place = (number: number) => String(number).padStart(2, '0') as Position;

describe('a paced checkpoint', () => {
  it('saves the last of many in a moment, once', async () => {
    const saved: Position[] = [];
    const checkpoint = pacedCheckpoint(async (position) => void saved.push(position));
    for (const number of [1, 2, 3]) checkpoint.reached(place(number));
    expect(saved).toEqual([]);
    await eventually(() => saved.length > 0);
    await checkpoint.flush();
    expect(saved).toEqual([place(3)]);
  });

  it('saves at the end what was reached last, after what is being saved', async () => {
    const saved: Position[] = [];
    const [begun, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const checkpoint = pacedCheckpoint(async (position) => {
      begun.resolve();
      if (saved.length === 0) await slow.promise;
      saved.push(position);
    });
    checkpoint.reached(place(1));
    await begun.promise;
    checkpoint.reached(place(2));
    const flushed = checkpoint.flush();
    slow.resolve();
    await flushed;
    expect(saved).toEqual([place(1), place(2)]);
  });

  it('tells at the next one why the one before could not be saved', async () => {
    let tries = 0;
    const checkpoint = pacedCheckpoint(async () => {
      tries += 1;
      throw new Error('the disk is full');
    });
    checkpoint.reached(place(1));
    await eventually(() => tries === 1);
    await eventually(() => {
      expect(() => checkpoint.reached(place(2))).toThrow('the disk is full');
      return true;
    });
  });
});
