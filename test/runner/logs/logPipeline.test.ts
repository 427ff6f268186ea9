import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/ports/containerEngine.ts';
import { type LogLine, type LogProgress, noLogProgress } from '../../../src/ports/logStore.ts';
import {
  createLogPipeline,
  type LogBatch,
  type LogPipelineOptions,
} from '../../../src/runner/logs/logPipeline.ts';
import { cutAt } from '../../support/chunks.ts';

const at = '2026-01-01T00:00:00.000Z';
const wide: LogPipelineOptions = {
  lineCapBytes: 1_000,
  logCapBytes: 1_000_000,
  batchLines: 100,
  batchBytes: 1_000_000,
};

function chunk(stream: LogChunk['stream'], bytes: string | Buffer, when = at): LogChunk {
  return { stream, at: when, bytes: Buffer.from(bytes) };
}

type Run = Readonly<{
  options?: Partial<LogPipelineOptions>;
  secrets?: readonly string[];
  from?: LogProgress;
}>;

function batchesOf(
  chunks: readonly LogChunk[],
  { options = {}, secrets = [], from = noLogProgress }: Run = {},
): readonly LogBatch[] {
  const pipeline = createLogPipeline(from, secrets, { ...wide, ...options });
  return [...chunks.flatMap((each) => pipeline.push(each)), ...pipeline.end()];
}

function linesOf(chunks: readonly LogChunk[], run: Run = {}): readonly LogLine[] {
  return batchesOf(chunks, run).flatMap(({ lines }) => lines);
}

function textsOf(chunks: readonly LogChunk[], run: Run = {}): readonly string[] {
  return linesOf(chunks, run).map(({ text }) => text);
}

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

  it('shows nothing of any secret, however the streams are cut, whether lines are cut or are not UTF-8', () => {
    // Secrets are of capitals and everything else is not, so a capital in the log is a leak.
    const capitals = (minLength: number) =>
      fc.string({ unit: fc.constantFrom('A', 'B', 'C', 'É', '€', '😀'), minLength, maxLength: 12 });
    const secret = fc.oneof(
      capitals(1),
      fc.array(capitals(4), { minLength: 2, maxLength: 3 }).map((lines) => lines.join('\n')),
    );
    const filler = fc.constantFrom('x', 'yz ', 'ü', '\n', '\r\n', '\xff', '\xc3', 'some more text ');
    const story = fc.array(fc.oneof(filler, fc.nat()), { maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        story,
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        (secrets, parts, sizes, lineCapBytes) => {
          const stream = Buffer.concat(
            parts.map((part) =>
              typeof part === 'number'
                ? Buffer.from(secrets[part % secrets.length] ?? '')
                : Buffer.from(part, part === 'ü' ? 'utf8' : 'latin1'),
            ),
          );
          const chunks = cutAt(stream, sizes).map((bytes) => chunk('stdout', bytes));
          for (const { text, rawBase64 } of linesOf(chunks, { secrets, options: { lineCapBytes } })) {
            expect(text).not.toMatch(/[ABCÉ€😀]/u);
            // Of these letters' bytes, 0xc3 and 0xff also lie about by themselves.
            expect(Buffer.from(rawBase64 ?? '', 'base64').toString('latin1')).not.toMatch(
              /[ABC\x89\xe2\xf0\x9f\x98]/,
            );
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('gives the same lines from any batch on, when it starts again with the streams less the bytes that are kept', () => {
    const text = fc.constantFrom(
      'a',
      'bc',
      '\n',
      '\r\n',
      '\r',
      'é€',
      '\xff',
      'SECRET',
      'CRETSE',
      'a longer text ',
      'ES',
    );
    const piece = fc.record({
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      bytes: fc
        .array(text, { minLength: 1, maxLength: 12 })
        .map((texts) =>
          Buffer.concat(texts.map((each) => Buffer.from(each, each === '\xff' ? 'latin1' : 'utf8'))),
        ),
    });
    const caps = fc.record({
      lineCapBytes: fc.integer({ min: 1, max: 30 }),
      logCapBytes: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(1_000_000)),
      batchLines: fc.integer({ min: 1, max: 5 }),
      batchBytes: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        caps,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        (pieces, options, sizes) => {
          const chunks = pieces.map(({ stream, bytes }, index) =>
            chunk(stream, bytes, new Date(index).toISOString()),
          );
          const run = { options, secrets: ['SECRET', 'ESCR'] };
          const batches = batchesOf(chunks, run);
          const all = batches.flatMap(({ lines }) => lines);
          expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
          for (const { progress: from } of batches) {
            const again = batchesOf(rechunked(skipped(chunks, from), sizes), { ...run, from });
            expect(again.flatMap(({ lines }) => lines)).toEqual(all.slice(from.lastSequence));
            expect(again.at(-1)?.progress).toEqual(batches.at(-1)?.progress);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** What an engine yields when it is told to skip the bytes of `progress`. */
function skipped(
  chunks: readonly LogChunk[],
  { stdoutBytes, stderrBytes }: LogProgress,
): readonly LogChunk[] {
  const left = { stdout: stdoutBytes, stderr: stderrBytes };
  return chunks.flatMap(({ stream, at: when, bytes }) => {
    const skip = Math.min(left[stream], bytes.length);
    left[stream] -= skip;
    return skip === bytes.length ? [] : [{ stream, at: when, bytes: bytes.subarray(skip) }];
  });
}

function rechunked(chunks: readonly LogChunk[], sizes: readonly number[]): readonly LogChunk[] {
  return chunks.flatMap(({ stream, at: when, bytes }) =>
    cutAt(Buffer.from(bytes), sizes).map((piece) => ({ stream, at: when, bytes: piece })),
  );
}
