import type { StartProblem } from '../../ports/containerEngine.ts';

/** What the kernel says of an exec that it refuses, as Go's runtimes repeat it. */
const kernelWords: readonly (readonly [RegExp, StartProblem])[] = [
  [/no such file|not found/i, 'noShell'],
  [/permission denied|is a directory/i, 'notExecutable'],
  [/exec format error/i, 'wrongPlatform'],
  [/argument list too long/i, 'tooLarge'],
];

/** Which of the known problems `message`, of an engine or a runtime, tells of; undefined where it is about anything else. */
export function startProblemIn(message: string): StartProblem | undefined {
  // Other files may be missing as well, such as a runtime's own.
  if (!message.includes('/bin/sh')) return undefined;
  return kernelWords.find(([words]) => words.test(message))?.[1];
}
