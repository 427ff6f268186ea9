import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('docs/how-to/test-and-measure.md', 'utf8');
const files = [
  '.ci/run',
  ...globSync(['test/**/*.ts', 'bench/**/*.ts'], { exclude: (path) => path.includes('node_modules') }),
];

const variable = /ONEOFF_(?:TEST|BENCH)_[A-Z_]+[A-Z]/g;

it('the page of tests names each variable that they and the benches read, and no other', () => {
  const read = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(variable)]);
  expect(namesOf(page.matchAll(variable))).toEqual(namesOf(read));
});

function namesOf(matches: Iterable<RegExpMatchArray>): readonly string[] {
  return [...new Set(Array.from(matches, ([name]) => name))].sort();
}
