import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const rows = readFileSync('docs/explanation/failures-of-others.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1)
  .map((line) => line.slice(2, -2).split(' | '));

describe('the page of failures of others', () => {
  it.each(rows)('%s: is held by a test that is there', (_report, _rule, file = '', title = '') => {
    expect(titlesIn(file)).toContain(title);
  });

  it('has every test that is named after such a failure', () => {
    const named = readdirSync('test/e2e/failures').flatMap((file) => titlesIn(`test/e2e/failures/${file}`));
    const listed = new Set(rows.map(([, , , title]) => title));
    expect(named.filter((title) => !listed.has(title))).toEqual([]);
  });
});

function titlesIn(file: string): readonly string[] {
  const calls = readFileSync(file, 'utf8').matchAll(/\b(?:it|test)\(\s*'([^']+)',/g);
  return [...calls].flatMap(([, title]) => title ?? []);
}
