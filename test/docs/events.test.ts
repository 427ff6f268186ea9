import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventMetadataSchema, eventSchemas } from '../../src/domain/events.ts';
import { outcomeSchema } from '../../src/domain/jobEvents.ts';

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
});
