import { describe, expect, it } from 'vitest';
import { isLocalImage, judgeRegistry } from '../../src/domain/imageRules.ts';
import { isPublicAddress } from '../../src/domain/publicAddress.ts';

const rules = (allowedRegistries: readonly string[], localImages: readonly string[] = []) => ({
  allowedRegistries,
  localImages,
});

describe('the rule for registries', () => {
  it.each([
    'localhost',
    'localhost:5000',
    'registry.localhost',
    'registry:5000',
    'metadata.google.internal',
    'printer.local',
    '127.0.0.1:4301',
    '127.1.2.3',
    '10.0.0.8:5000',
    '172.31.0.1',
    '192.168.1.1',
    '100.100.100.200',
    '169.254.169.254',
    '168.63.129.16',
    '0.0.0.0:80',
    '255.255.255.255',
    '[::1]:5000',
    '[::ffff:127.0.0.1]',
    '[2606:4700::1111]',
    '2130706433:80',
    '0x7f000001:80',
    '127.1:80',
    '0177.0.0.1',
    '0x7f.0.0.1',
    'example.0x7f',
    '300.1.1.1',
  ])('refuses %s', (registry) => {
    expect(judgeRegistry(registry, rules(['public']))).toBe('refused');
  });

  it.each(['ghcr.io', 'registry.example.com:5000', 'xn--bcher-kva.example'])(
    'wants public addresses of %s',
    (registry) => {
      expect(judgeRegistry(registry, rules(['public']))).toBe('ifPublic');
    },
  );

  it('allows Docker Hub and public addresses', () => {
    expect(judgeRegistry('docker.io', rules(['public']))).toBe('allowed');
    expect(judgeRegistry('8.8.8.8:5000', rules(['public']))).toBe('allowed');
  });

  it('allows what the operator lists, on the port that is listed', () => {
    const listed = rules([
      'public',
      '127.0.0.1:5000',
      'registry.corp',
      'build:*',
      '*.example.com',
      '[::1]:80',
    ]);
    for (const registry of [
      '127.0.0.1:5000',
      'Registry.corp',
      'registry.corp:443',
      'build:1',
      '[::1]:80',
      'a.b.example.com',
    ])
      expect(judgeRegistry(registry, listed), registry).toBe('allowed');
    for (const registry of [
      '127.0.0.1:5001',
      '127.0.0.1',
      'registry.corp:80',
      '[::1]:81',
      'evil-example.local',
    ])
      expect(judgeRegistry(registry, listed), registry).toBe('refused');
  });

  it('refuses every other registry, Docker Hub too, where the list does not say public', () => {
    const listed = rules(['ghcr.io']);
    expect(judgeRegistry('ghcr.io', listed)).toBe('allowed');
    expect(judgeRegistry('docker.io', listed)).toBe('refused');
    expect(judgeRegistry('registry.example.com', listed)).toBe('refused');
  });
});

describe('a public address', () => {
  it.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '223.255.255.255', '2606:4700:4700::1111', '2a00::1'])(
    'is %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    '127.0.0.1',
    '10.1.1.1',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::7f00:1',
    '2001:db8::1',
    'ff02::1',
    '1:2:3',
    'example.com',
    '',
  ])('is not %j', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('the rule for local images', () => {
  const id = `sha256:${'a'.repeat(64)}`;

  it('lets workspaces use what the operator lists, and no id', () => {
    const listed = rules([], ['team/*', 'docker.io/library/busybox']);
    for (const reference of ['team/app', 'team/app:2', 'busybox:stable', `team/app@${id}`])
      expect(isLocalImage(reference, listed), reference).toBe(true);
    for (const reference of ['steam/app', 'team', 'other', id, id.slice(7), 'ghcr.io/team/app'])
      expect(isLocalImage(reference, listed), reference).toBe(false);
  });

  it('lets them use none, or all and by id too', () => {
    expect(isLocalImage('busybox', rules([], []))).toBe(false);
    expect(isLocalImage('busybox', rules([], ['*']))).toBe(true);
    expect(isLocalImage(id, rules([], ['*']))).toBe(true);
  });
});
