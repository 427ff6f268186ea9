import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationTable } from '../../src/configurationTable.ts';

const settings = new Set<string>(Object.values(configurationTable).map(({ variable }) => variable));
/** What is written alike: the streams of NATS, and what tests and benches are told. */
const others = /^ONEOFF_((JOBS|CANCELS|LOGS|LOG_ENDS)$|TEST_|BENCH_)/;

describe('a page names only settings that there are', () => {
  it.each(['README.md', ...globSync('docs/{how-to,reference,explanation}/*.md'), 'docs/getting-started.md'])(
    '%s',
    (page) => {
      const names = readFileSync(page, 'utf8').match(/\bONEOFF_[A-Z_]*[A-Z]\b/g) ?? [];
      expect(names.filter((name) => !settings.has(name) && !others.test(name))).toEqual([]);
    },
  );
});
