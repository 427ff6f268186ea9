import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type SourceFile, sourceFiles } from './support/sourceFiles.ts';

const source = sourceFiles('src', 'web/src');
const all = [...source, ...sourceFiles('test')];
const maxLines = 250;
/** One table, a row for each setting, which would be worse in parts. */
const oneStraightStory = ['src/configurationTable.ts'];

/** `path:line: text` of each line that matches. */
function linesWith(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('every file', () => {
  test(`of the program has at most ${maxLines} lines`, () => {
    const tooLong = source.filter(
      ({ path, lines }) => lines.length > maxLines && !oneStraightStory.includes(path),
    );
    expect(tooLong.map(({ path, lines }) => `${path}: ${lines.length}`)).toEqual([]);
  });

  test('has a name that tells what it is, not a bag', () => {
    const bags = /^(utils?|helpers?|lib|common|shared|misc|managers?|types|constants|index)\.tsx?$/i;
    expect(all.map(({ path }) => path).filter((path) => bags.test(basename(path)))).toEqual([]);
    expect(
      all.map(({ path }) => path).filter((path) => /\/(utils?|helpers?|lib|common)\//.test(path)),
    ).toEqual([]);
  });

  test('is named in camelCase, or in PascalCase for a component', () => {
    const named = /^[a-z][a-zA-Z0-9]*(\.test|\.config)?\.ts$|^[A-Z][a-zA-Z0-9]*\.tsx$|^main\.tsx$/;
    expect(all.map(({ path }) => path).filter((path) => !named.test(basename(path)))).toEqual([]);
  });

  test('exports by name', () => {
    expect(linesWith(source, /^export default\b/)).toEqual([]);
  });

  test('has no any, and silences no check', () => {
    expect(linesWith(all, /(:|<|\bas|\|)\s*any\b(?=\s*[;,)>\]=[|]|$)/)).toEqual([]);
    expect(linesWith(source, /@ts-(ignore|expect-error|nocheck)|biome-ignore/)).toEqual([]);
  });

  test('leaves nothing for later, and no test out for good', () => {
    expect(linesWith(source, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
    expect(linesWith(all, /^\s*(test|it|describe)\.only\(/)).toEqual([]);
  });
});

describe('every exported function outside the domain', () => {
  const exported = /^export (?:async )?function\*? ?(\w+)/;

  test('says what it promises, or makes a thing whose type does', () => {
    const undocumented = source
      .filter(({ path }) => !path.startsWith('src/domain/'))
      .flatMap((file) =>
        file.lines.flatMap((line, index) => {
          const name = exported.exec(line)?.[1];
          const told = name === undefined || isTold(file, index) || isTold(file, lineOfMadeType(file, name));
          return told ? [] : [`${file.path}:${index + 1}: ${name}`];
        }),
      );
    expect(undocumented).toEqual([]);
  });
});

/** Whether a docstring ends, or an overload stands, right above the line. */
function isTold({ lines }: SourceFile, index: number): boolean {
  return /\*\/$|^export (?:async )?function/.test(lines[index - 1]?.trimEnd() ?? '');
}

/** The line of `export type Sleepers` for `createSleepers`; -1 where there is none. */
function lineOfMadeType({ lines }: SourceFile, name: string): number {
  const made = /^create(\w+)$/.exec(name)?.[1];
  return lines.findIndex((line) => made !== undefined && line.startsWith(`export type ${made} `));
}

describe('every method of a port', () => {
  test('is of a file whose types say what they are for', () => {
    const ports = source.filter(({ path }) => path.startsWith('src/ports/'));
    expect(ports.filter(({ text }) => !text.includes('/**')).map(({ path }) => path)).toEqual([]);
  });
});
