import { expect, it } from 'vitest';
import { canonicalRepository, parseImageReference } from '../../../src/adapters/docker/imageReference.ts';
import { ImageUnavailableError } from '../../../src/ports/containerEngine.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

it.each([
  ['busybox', 'busybox', null, null],
  ['busybox:1.36', 'busybox', '1.36', null],
  ['team/app:v1_2-rc.3', 'team/app', 'v1_2-rc.3', null],
  ['localhost:5000/app', 'localhost:5000/app', null, null],
  ['registry.example.com:443/team/app:1', 'registry.example.com:443/team/app', '1', null],
  [`busybox@${digest}`, 'busybox', null, digest],
  [`ghcr.io/a/b__c:2@${digest}`, 'ghcr.io/a/b__c', '2', digest],
])('reads %s', (reference, repository, tag, wantedDigest) => {
  expect(parseImageReference(reference)).toEqual({ repository, tag, digest: wantedDigest });
});

it.each([
  '',
  ' ',
  'Upper',
  'a b',
  'a:b:c',
  'a@sha256:12',
  '-a',
  'a/',
  'a//b',
  'a?b',
  '../a',
  'a:',
  `${'a'.repeat(600)}`,
])('refuses %j, and names it', (reference) => {
  expect(() => parseImageReference(reference)).toThrow(ImageUnavailableError);
  expect(() => parseImageReference(reference)).toThrow(JSON.stringify(reference.slice(0, 200)));
});

it.each([
  ['busybox', 'docker.io/library/busybox'],
  ['team/app', 'docker.io/team/app'],
  ['docker.io/busybox', 'docker.io/library/busybox'],
  ['index.docker.io/library/busybox', 'docker.io/library/busybox'],
  ['localhost/app', 'localhost/app'],
  ['localhost:5000/app', 'localhost:5000/app'],
  ['ghcr.io/team/app', 'ghcr.io/team/app'],
])('knows %s as %s', (repository, canonical) => {
  expect(canonicalRepository(repository)).toBe(canonical);
});
