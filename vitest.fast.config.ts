import { configDefaults, mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** `npm run test:fast`: what needs no engine, no browser and no process of its own, for the minute between two edits. */
export default mergeConfig(config, {
  test: {
    exclude: [
      ...configDefaults.exclude,
      'test/{adapters,deploy,e2e,runner,scripts,support,web}/**',
      'test/cli/history/**',
      'test/api/server/webPages.test.ts',
      'test/docs/{gettingStarted,nats}.test.ts',
    ],
    // A worker for each file would cost more than most of these files do.
    isolate: false,
  },
});
