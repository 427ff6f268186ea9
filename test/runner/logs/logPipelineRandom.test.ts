import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogChunk } from '../../../src/ports/containerEngine.ts';
import type { LogProgress } from '../../../src/ports/logStore.ts';
import { cutAt } from '../../support/chunks.ts';
import { batchesOf, chunk, linesOf } from '../../support/logPipelineRuns.ts';

describe('the log pipeline, with streams made at random', () => {
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
