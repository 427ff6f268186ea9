import { afterEach, expect, it, vi } from 'vitest';
import { dockerForTests } from './docker.ts';

afterEach(() => vi.unstubAllEnvs());

it('an engine that DOCKER_HOST names and that does not run counts as none', async () => {
  vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
  expect(await dockerForTests()).toBeUndefined();
});
