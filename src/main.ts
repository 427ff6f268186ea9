import { failureText } from './failureText.ts';
import { runCommand } from './runCommand.ts';

// Whoever reads the output may leave before its end, as `head` does: that is no reason to end a server.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

let exitCode = 1;
try {
  exitCode = await runCommand(process.argv.slice(2), process.env);
} catch (error) {
  console.error(failureText(error));
}
// What was let go of (a container's grace, a start that was cut short) must not keep the process here.
process.exit(exitCode);
