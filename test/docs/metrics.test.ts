import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { counters, gauges, histograms } from '../../src/adapters/prometheus/metricsTable.ts';

const page = readFileSync('docs/reference/metrics.md', 'utf8');
const kinds = [
  ['histogram', histograms],
  ['counter', counters],
  ['gauge', gauges],
] as const;

it.each(kinds)('the page of metrics has each %s, its labels and its meaning', (kind, table) => {
  for (const { exposedName, help, labels } of Object.values(table)) {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    expect(page).toContain(`| \`${exposedName}\` | ${kind} | ${shown} | ${help} |`);
  }
});
