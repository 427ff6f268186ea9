import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configurationPage } from '../../src/cli/configurationPage.ts';

it('the page of settings is the table that the program reads', () => {
  expect(readFileSync('docs/reference/configuration.md', 'utf8')).toContain(configurationPage());
});
