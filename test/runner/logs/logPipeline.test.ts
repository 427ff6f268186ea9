import { describe, expect, it } from 'vitest';
import { noLogProgress } from '../../../src/ports/logStore.ts';
import { createLogPipeline } from '../../../src/runner/logs/logPipeline.ts';
import { at, batchesOf, chunk, linesOf, textsOf, wide } from '../../support/logPipelineRuns.ts';

describe('the log pipeline', () => {
  it('numbers the lines of both streams in the order in which they ended', () => {
    const later = '2026-01-01T00:00:01.000Z';
    const lines = linesOf([
      chunk('stdout', 'a\nb'),
      chunk('stderr', 'x\n'),
      chunk('stdout', 'c\n', later),
      chunk('stderr', 'y'),
    ]);
    expect(lines).toEqual([
      { sequence: 1, at, stream: 'stdout', text: 'a', rawBase64: null },
      { sequence: 2, at, stream: 'stderr', text: 'x', rawBase64: null },
      { sequence: 3, at: later, stream: 'stdout', text: 'bc', rawBase64: null },
      { sequence: 4, at, stream: 'stderr', text: 'y', rawBase64: null },
    ]);
  });

  it('tells how far the lines reach, and at the end that they are complete', () => {
    const batches = batchesOf([chunk('stdout', 'é\r\nb'), chunk('stderr', 'x')]);
    expect(batches.at(-1)?.progress).toEqual({
      lastSequence: 3,
      stdoutBytes: 5,
      stderrBytes: 1,
      keptBytes: 2 + 1 + 1 + 3,
      capped: false,
      complete: true,
    });
  });

  it('keeps the bytes of a line that is not UTF-8, and only of such a line', () => {
    const bytes = Buffer.from([0xff, 0x61, 0x0a, 0xef, 0xbf, 0xbd, 0x0a, 0x62, 0x0a]);
    expect(linesOf([chunk('stdout', bytes)]).map(({ text, rawBase64 }) => [text, rawBase64])).toEqual([
      ['\uFFFDa', Buffer.from([0xff, 0x61]).toString('base64')],
      ['\uFFFD', null],
      ['b', null],
    ]);
  });

  describe('batches', () => {
    it('are full at so many lines', () => {
      const batches = batchesOf([chunk('stdout', '1\n2\n3\n4\n5\n')], { options: { batchLines: 2 } });
      expect(batches.map(({ lines }) => lines.length)).toEqual([2, 2, 1]);
      expect(batches.map(({ progress }) => progress.stdoutBytes)).toEqual([4, 8, 10]);
      expect(batches.map(({ progress }) => progress.complete)).toEqual([false, false, true]);
    });

    it('are full at so much text', () => {
      const batches = batchesOf([chunk('stdout', `${'x'.repeat(60)}\n`.repeat(4))], {
        options: { batchBytes: 100 },
      });
      expect(batches.map(({ lines }) => lines.length)).toEqual([2, 2, 0]);
    });

    it('can be taken before they are full', () => {
      const pipeline = createLogPipeline(noLogProgress, [], wide);
      expect(pipeline.holdsLines()).toBe(false);
      expect(pipeline.take()).toBeUndefined();
      expect(pipeline.push(chunk('stdout', 'one\ntw'))).toEqual([]);
      expect(pipeline.holdsLines()).toBe(true);
      expect(pipeline.take()?.progress).toMatchObject({ lastSequence: 1, stdoutBytes: 4, complete: false });
      expect(pipeline.holdsLines()).toBe(false);
    });
  });

  describe('a line longer than the cap', () => {
    const options = { lineCapBytes: 10 };

    it('is cut, and says how many bytes were dropped', () => {
      expect(
        textsOf([chunk('stdout', `${'x'.repeat(10)}\n${'y'.repeat(11)}\r\n${'z'.repeat(5_010)}`)], {
          options,
        }),
      ).toEqual([
        'xxxxxxxxxx',
        'yyyyyyyyyy …[line cut: 1 bytes dropped]',
        'zzzzzzzzzz …[line cut: 5000 bytes dropped]',
      ]);
    });

    it('is cut between two characters', () => {
      expect(linesOf([chunk('stdout', '123456789€uro\n12345678😀\n123456😀!\n')], { options })).toMatchObject(
        [
          { text: '123456789 …[line cut: 6 bytes dropped]', rawBase64: null },
          { text: '12345678 …[line cut: 4 bytes dropped]', rawBase64: null },
          { text: '123456😀 …[line cut: 1 bytes dropped]', rawBase64: null },
        ],
      );
    });

    it('hides a secret that straddles the cut', () => {
      const run = { options, secrets: ['SECRETVALUE'] };
      expect(textsOf([chunk('stdout', '1234SECRETVALUE567890\n')], run)).toEqual([
        '1234*** …[line cut: 11 bytes dropped]',
      ]);
      expect(textsOf([chunk('stdout', '123456789SECRETVALUE\n')], run)).toEqual([
        '123456789*** …[line cut: 10 bytes dropped]',
      ]);
      expect(textsOf([chunk('stdout', '1234567890SECRETVALUE\n')], run)).toEqual([
        '1234567890 …[line cut: 11 bytes dropped]',
      ]);
    });
  });

  describe('a log longer than the cap', () => {
    const options = { logCapBytes: 12, batchLines: 2 };
    const marker = '[log cut: the cap of 12 bytes is reached; what follows is not kept]';

    it('ends in one system line; what follows is counted and not kept', () => {
      const batches = batchesOf([chunk('stdout', 'four\nfour\nfour\nx\n'), chunk('stderr', 'error\nrest')], {
        options,
      });
      const lines = batches.flatMap((batch) => batch.lines);
      expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
        ['stdout', 'four'],
        ['stdout', 'four'],
        ['system', marker],
      ]);
      expect(batches.at(-1)?.progress).toEqual({
        lastSequence: 3,
        stdoutBytes: 17,
        stderrBytes: 10,
        keptBytes: 10,
        capped: true,
        complete: true,
      });
    });

    it('is not cut at exactly the cap', () => {
      expect(textsOf([chunk('stdout', 'four\nsixsix\n')], { options })).toEqual(['four', 'sixsix']);
    });

    it('counts line ends, so that empty lines have a bound too', () => {
      expect(textsOf([chunk('stdout', '\n'.repeat(100))], { options })).toEqual([
        ...Array(12).fill(''),
        marker,
      ]);
    });
  });
});
