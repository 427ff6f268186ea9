import { describe, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../../src/adapters/eventstoredb/eventStore.ts';
import { EventStoreDbSettingsError } from '../../../src/adapters/eventstoredb/eventStoreFailure.ts';

describe('the connection string', () => {
  it.each([
    'esdb://localhost:2113?tls=false',
    'esdb://admin:changeit@localhost:2113?tls=true&keepAliveInterval=10000&connection-name=oneoff',
    'esdb+discover://admin:change%3Fit@cluster.example:2113/?nodePreference=leader',
    'esdb://a:2113,b:2113,c:2113?maxDiscoverAttempts=3',
  ])('may be %s', async (connectionString) => {
    const store = createEventStoreDbEventStore({ connectionString });
    await expect(store.close()).resolves.toBeUndefined();
  });

  it.each([
    ['http://admin:geheim@localhost:2113', 'is not of the form esdb://'],
    ['esdb://admin:geheim@localhost:geheim', 'is not of the form esdb://'],
    ['esdb://admin:ge@heim:geheim@localhost', 'is not of the form esdb://'],
    ['esdb://admin:geheim@localhost?defaultDeadline=soon', 'is not of the form esdb://'],
    ['esdb://admin:geheim@localhost?timeout=3', 'has the option "timeout", which the client does not know'],
    ['esdb://admin:geheim@localhost?tls', 'gives the option "tls" no value'],
    ['esdb://admin:geheim@localhost?tlsVerifyCert=false', 'has tlsVerifyCert=false'],
    ['esdb://admin:geheim@localhost?node-preference=follower', 'has a nodePreference other than leader'],
    ['esdb://admin:geheim@localhost?throwOnAppendFailure=false', 'has throwOnAppendFailure=false'],
    ['esdb://admin:geheim@localhost?tlsCAFile=/no/such/file', 'fails: Failed to load certificate file'],
  ])('may not be %s, and its password is told to nobody', (connectionString, said) => {
    const failure = failureOf(() => createEventStoreDbEventStore({ connectionString }));
    expect(failure).toBeInstanceOf(EventStoreDbSettingsError);
    expect(failure.message).toContain(`The connection string of EventStoreDB ${said}`);
    const shown = JSON.stringify([failure.message, failure.stack, { ...failure }, failure.cause ?? null]);
    expect(shown).not.toContain('geheim');
    expect(shown).not.toContain('heim');
  });
});

function failureOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It went well, which it should not');
}
