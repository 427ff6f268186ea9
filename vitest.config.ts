import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What Node takes. Vitest alone would take `module`, while what it leaves to Node takes `main`: two copies of graphql, and a schema
  // of one is none to the other.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/skippedSuitesReporter.ts'],
    testTimeout: 30_000,
    // A condition is given as long as elsewhere (see eventually.ts): a second is too short on a busy machine.
    expect: { poll: { timeout: 10_000, interval: 50 } },
    hookTimeout: 60_000,
    // Two cores: more workers than that only make the real engine and the timers of the tests slower.
    maxWorkers: 2,
  },
});
