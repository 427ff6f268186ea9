import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  noticesOf,
  type ShippedPackage,
  shippedPackages,
  unacceptedLicenses,
} from '../../scripts/thirdPartyNotices.ts';

const packages = shippedPackages();
const named = (name: string) => packages.some((shipped) => shipped.name === name);

describe('the third-party notices', () => {
  it('name what the server depends on, what the pages bundle, and nothing that only builds them', () => {
    expect(Object.keys(dependencies()).filter((name) => !named(name))).toEqual([]);
    expect(['react', 'graphiql', 'monaco-editor'].filter((name) => !named(name))).toEqual([]);
    expect(['vitest', 'typescript', 'vite'].filter(named)).toEqual([]);
  });

  it('are those of the packages that are installed', () => {
    expect(readFileSync('THIRD-PARTY-NOTICES.md', 'utf8')).toBe(noticesOf(packages));
  });

  it('hold a license for each package, all of them permissive', () => {
    expect(unacceptedLicenses(packages)).toEqual([]);
  });

  it.each(['GPL-3.0', 'MIT AND GPL-3.0', 'SSPL-1.0', 'none'])('refuse %s', (license) => {
    expect(unacceptedLicenses([shipped({ license })])).toEqual([`copyleft 1.0.0: ${license}`]);
  });

  it('carry the NOTICE of a package that has one', () => {
    expect(noticesOf([shipped({ notice: 'Contains code of Acme.' })])).toContain('Contains code of Acme.');
  });
});

describe('LICENSE', () => {
  it('is the Apache License 2.0, as package.json says, and goes into the image with the notices', () => {
    expect(readFileSync('LICENSE', 'utf8')).toMatch(
      /Apache License\s+Version 2\.0[\s\S]+END OF TERMS AND CONDITIONS/,
    );
    expect(manifest().license).toBe('Apache-2.0');
    expect(readFileSync('Dockerfile', 'utf8')).toContain('/app/LICENSE /app/THIRD-PARTY-NOTICES.md ./');
  });
});

function manifest(): Readonly<{ license: string; dependencies: Readonly<Record<string, string>> }> {
  return JSON.parse(readFileSync('package.json', 'utf8'));
}

function dependencies(): Readonly<Record<string, string>> {
  return manifest().dependencies;
}

function shipped(fields: Partial<ShippedPackage>): ShippedPackage {
  const defaults = {
    name: 'copyleft',
    version: '1.0.0',
    license: 'MIT',
    copyright: [],
    text: '',
    notice: '',
  };
  return { ...defaults, ...fields };
}
