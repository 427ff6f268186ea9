import { expect, it } from 'vitest';
import { canonicalRepository, isImageId, parseImageReference } from '../../src/domain/imageReference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

it.each([
  ['busybox', 'docker.io', 'busybox', null, null],
  ['busybox:1.36', 'docker.io', 'busybox', '1.36', null],
  ['team/app:v1_2-rc.3', 'docker.io', 'team/app', 'v1_2-rc.3', null],
  ['localhost:5000/app', 'localhost:5000', 'localhost:5000/app', null, null],
  ['[::1]:5000/app', '[::1]:5000', '[::1]:5000/app', null, null],
  [
    'registry.example.com:443/team/app:1',
    'registry.example.com:443',
    'registry.example.com:443/team/app',
    '1',
    null,
  ],
  [`busybox@${digest}`, 'docker.io', 'busybox', null, digest],
  [`ghcr.io/a/b__c:2@${digest}`, 'ghcr.io', 'ghcr.io/a/b__c', '2', digest],
])('reads %s', (reference, registry, repository, tag, wantedDigest) => {
  expect(parseImageReference(reference)).toEqual({ registry, repository, tag, digest: wantedDigest });
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
  'a..b/c',
  'user:password@registry.example.com/app',
  'https://registry.example.com/app',
  digest,
  digest.slice('sha256:'.length),
  `${'a'.repeat(600)}`,
])('takes %j for no reference', (reference) => {
  expect(parseImageReference(reference)).toBeUndefined();
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

it('knows an id of an image from a name', () => {
  expect(isImageId(digest)).toBe(true);
  expect(isImageId(digest.slice('sha256:'.length))).toBe(true);
  expect(isImageId('sha256:latest')).toBe(false);
  expect(isImageId(`busybox@${digest}`)).toBe(false);
});
