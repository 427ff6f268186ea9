import { runBenches } from './support/runBenches.ts';

// What a failed bench may have left open must not keep this from ending; what it has started is ended with it.
process.exit(
  await runBenches(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
);
