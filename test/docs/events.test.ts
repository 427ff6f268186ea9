import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toPosition as toServerPosition } from '../../src/adapters/eventstoredb/eventStorePosition.ts';
import { toPosition } from '../../src/adapters/sqlite/eventStorePosition.ts';
import { eventMetadataSchema, eventSchemas, streamCategories } from '../../src/domain/events.ts';
import { outcomeSchema } from '../../src/domain/jobEvents.ts';
import { maxAppendBytes } from '../../src/ports/eventStore.ts';

const page = readFileSync('docs/reference/events.md', 'utf8');

describe('the reference of events', () => {
  it.each(Object.entries(eventSchemas))('%s has a row with each of its fields', (type, schema) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${type}\` |`));
    if (!(schema instanceof z.ZodObject)) throw new Error(`${type} is not an object`);
    for (const field of Object.keys(schema.shape)) expect(row).toContain(`\`${field}\``);
  });

  it.each(Object.keys(eventMetadataSchema.shape))('metadata %s is named', (field) => {
    expect(page).toContain(`\`${field}\``);
  });

  it.each(outcomeSchema.options.map(({ shape }) => shape.kind.value))('outcome %s has a row', (kind) => {
    expect(page).toContain(`| \`${kind}\` |`);
  });

  it('names the categories of streams', () => {
    const [last, ...others] = streamCategories.map((category) => `\`${category}\``).reverse();
    expect(page).toContain(`The categories are ${others.reverse().join(', ')} and ${last};`);
  });

  it('tells the forms of positions, and the largest append', () => {
    const [local, server] = [toPosition(1), toServerPosition({ commit: 1n, prepare: 1n })];
    expect(page).toContain(
      `| \`position\` | ${local.length} hexadecimal digits: the row's number | ${server.length} hexadecimal digits:`,
    );
    expect(page).toContain(
      `| the largest append | ${maxAppendBytes.toLocaleString('en-US')} bytes of JSON |`,
    );
  });
});
