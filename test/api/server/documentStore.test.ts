import { type DocumentNode, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createDocumentStore } from '../../../src/api/server/documentStore.ts';

const document = (characters: number): DocumentNode => parse(`{ a } #${'x'.repeat(characters - 7)}`);

it('keeps what was used last, and no more than a few hundred documents', async () => {
  const store = createDocumentStore();
  const often = document(100);
  await store.set('often', often);
  for (let count = 0; count < 1000; count += 1) {
    await store.set(`k${count}`, document(100));
    expect(await store.get('often')).toBe(often);
  }
  const kept = await Promise.all(Array.from({ length: 1000 }, (_, index) => store.get(`k${index}`)));
  expect(kept.filter((one) => one !== undefined).length).toBeLessThan(200);
});

it('keeps no long document', async () => {
  const store = createDocumentStore();
  await store.set('long', document(8_000));
  expect(await store.get('long')).toBeUndefined();
});
