import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter, type SplitLine } from '../../../src/runner/logs/lineSplitter.ts';
import { cutAt } from '../../support/chunks.ts';

type Seen = Readonly<{ held: string; lineBytes: number; streamBytes: number }>;

function split(chunks: readonly (string | Buffer)[], windowBytes = 1_000): Seen[] {
  const seen: Seen[] = [];
  const onLine = ({ bytes, start, end, lineBytes, streamBytes }: SplitLine): void => {
    seen.push({ held: bytes.toString('utf8', start, end), lineBytes, streamBytes });
  };
  const splitter = createLineSplitter({ windowBytes });
  for (const chunk of chunks) splitter.push(Buffer.from(chunk), onLine);
  splitter.end(onLine);
  return seen;
}

const textsOf = (lines: readonly Seen[]): string[] => lines.map(({ held }) => held);

describe('the line splitter', () => {
  it('ends a line at a line feed', () => {
    expect(textsOf(split(['one\ntwo\n\nfour\n']))).toEqual(['one', 'two', '', 'four']);
  });

  it('drops one carriage return before a line feed, and no other', () => {
    expect(textsOf(split(['a\r\n\r\nb\r\r\n10%\r20%\n']))).toEqual(['a', '', 'b\r', '10%\r20%']);
  });

  it('joins a line that comes in pieces, whatever lies between them', () => {
    expect(textsOf(split(['on', '', 'e', '\nt', 'wo\r', '\n']))).toEqual(['one', 'two']);
  });

  it('makes a character whole again that was split between two chunks', () => {
    const bytes = Buffer.from('a€b\n');
    expect(textsOf(split([bytes.subarray(0, 2), bytes.subarray(2, 3), bytes.subarray(3)]))).toEqual(['a€b']);
  });

  it('makes a line of what is left at the end of the stream, and none of nothing', () => {
    expect(textsOf(split(['one\ntwo']))).toEqual(['one', 'two']);
    expect(textsOf(split(['one\n']))).toEqual(['one']);
    expect(textsOf(split([]))).toEqual([]);
  });

  it('tells how many bytes of the stream each line used up', () => {
    expect(split(['é\r\n', '\n', 'ab', 'c\nlast\r']).map(({ streamBytes }) => streamBytes)).toEqual([
      4, 1, 4, 5,
    ]);
  });

  it('holds the beginning of a line that is longer than its window, and counts the rest', () => {
    expect(split(['abcdef\r\nxy\n'], 4)).toEqual([
      { held: 'abcd', lineBytes: 6, streamBytes: 8 },
      { held: 'xy', lineBytes: 2, streamBytes: 3 },
    ]);
    expect(split(['ab', 'cdef\r', '\nx', 'y\n'], 4)).toEqual([
      { held: 'abcd', lineBytes: 6, streamBytes: 8 },
      { held: 'xy', lineBytes: 2, streamBytes: 3 },
    ]);
  });

  it('takes a stream without line ends in bounded memory', () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const splitter = createLineSplitter({ windowBytes: 1_000 });
    const seen: SplitLine[] = [];
    for (let count = 0; count < 200; count += 1) splitter.push(chunk, (line) => seen.push(line));
    splitter.end((line) => seen.push(line));
    expect(seen.map(({ end, lineBytes }) => ({ end, lineBytes }))).toEqual([
      { end: 1_000, lineBytes: 200 * 1024 * 1024 },
    ]);
    expect(seen.at(0)?.bytes.length).toBe(1_000);
  });

  it('gives the same lines however the stream is cut into chunks', () => {
    const pieces = fc.array(
      fc.constantFrom('\n', '\r', '\r\n', 'a', 'bc', 'é', '€', '😀', 'long '.repeat(5)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        (texts, sizes, windowBytes) => {
          const stream = Buffer.from(texts.join(''));
          const whole = split([stream], windowBytes);
          expect(split(cutAt(stream, sizes), windowBytes)).toEqual(whole);
          expect(whole.reduce((sum, { streamBytes }) => sum + streamBytes, 0)).toBe(stream.length);
          const expected = texts
            .join('')
            .split('\n')
            .map((line) => line.replace(/\r$/, ''));
          const lengths = whole.map(({ lineBytes }) => lineBytes);
          expect(lengths).toEqual(expected.map((line) => Buffer.byteLength(line)).slice(0, lengths.length));
        },
      ),
    );
  });
});
