import { expect, it } from 'vitest';
import type { LogFrame } from '../../../src/adapters/docker/logFrames.ts';
import { createLineEndRestorer } from '../../../src/adapters/docker/restoreLineEnds.ts';

const full = 'x'.repeat(16 * 1024);

function restored(...frames: readonly (readonly [LogFrame['stream'], string])[]): readonly string[] {
  const restore = createLineEndRestorer();
  return frames.map(([stream, text]) =>
    restore({ stream, atMs: 0, payload: Buffer.from(text) }).payload.toString(),
  );
}

it('gives the line end of a long line back when its stream goes on', () => {
  expect(restored(['stdout', full], ['stdout', 'rest'], ['stdout', 'next\n'])).toEqual([
    full,
    'rest',
    '\nnext\n',
  ]);
});

it('does so in each stream by itself', () => {
  const frames = restored(['stdout', full], ['stdout', 'rest'], ['stderr', 'error\n'], ['stdout', 'next\n']);
  expect(frames).toEqual([full, 'rest', 'error\n', '\nnext\n']);
});

it('knows a line that fills its parts by the empty part after them', () => {
  expect(restored(['stdout', full], ['stdout', ''], ['stdout', 'next\n'])).toEqual([full, '', '\nnext\n']);
});

it('adds nothing to what has its line end, nor at the end of the log', () => {
  expect(restored(['stdout', full], ['stdout', 'rest\n'], ['stdout', 'no end'])).toEqual([
    full,
    'rest\n',
    'no end',
  ]);
});
