import { runCommand } from './runCommand.ts';

try {
  process.exitCode = await runCommand(process.argv.slice(2), process.env);
} catch (error) {
  // Errors of a class of their own say what to do; any other is a fault of the program, and its place matters.
  console.error(
    error instanceof Error && error.name !== 'Error' && error.cause === undefined ? error.message : error,
  );
  process.exitCode = 1;
}
