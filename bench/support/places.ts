import { fileURLToPath } from 'node:url';

/** The folder of the repository, and the one of the benches. */
export const rootFolder = fileURLToPath(new URL('../..', import.meta.url));
export const benchFolder = fileURLToPath(new URL('..', import.meta.url));
