import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';

const image = settingsIn(readFileSync('Dockerfile', 'utf8'), /^\s*(?:ENV )?(ONEOFF_\w+)=(\S+)/gm);
const line = /^ +(ONEOFF_\w+): (.*)$/gm;

describe.each(['docker-compose.yml', 'docker-compose.embedded.yml'])('%s', (path) => {
  const file = readFileSync(path, 'utf8');

  it('names an exact version of each image that is not built here', () => {
    const images = [...file.matchAll(/^ +image: (.+)$/gm)].map(([, name = '']) => name);
    expect(images).toContain('oneoff');
    for (const name of images) expect(name).toMatch(/^oneoff$|:\d+\.\d+\.\d+-/);
  });

  it('publishes ports to this machine only', () => {
    const published = [...file.matchAll(/^ +- '(.*\d+:\d+)'$/gm)].map(([, port]) => port);
    expect(published).toEqual(['127.0.0.1:4000:4000']);
  });

  it('takes every capability and the way to new privileges from each container', () => {
    for (const [name, text] of Object.entries(servicesIn(file))) {
      expect(text, name).toMatch(/cap_drop: \[ALL\]/);
      expect(text, name).toContain("security_opt: ['no-new-privileges:true']");
      expect(text, name).not.toMatch(/privileged|SYS_ADMIN|NET_ADMIN/);
    }
  });

  it('makes the root of each container read-only, except that of EventStoreDB', () => {
    const writable = Object.entries(servicesIn(file)).filter(
      ([, text]) => text.includes('read_only: false') || !text.includes('read_only: true'),
    );
    expect(writable.map(([name]) => name)).toEqual(file.includes('  eventstore:\n') ? ['eventstore'] : []);
  });

  it('sets each kind of node up with settings that it takes', () => {
    // What is set by roles is read once for each of them.
    const parts = file.split(/^(?= +ONEOFF_ROLES:)/m);
    const [common = '', ...byRole] = parts;
    for (const own of byRole.length === 0 ? [''] : byRole) {
      const settings = { ...settingsIn(common, line), ...settingsIn(own, line) };
      const config = readConfig({ ...image, ...settings });
      expect(config).toMatchObject({ dataFolder: '/data', engine: 'docker', host: '0.0.0.0' });
    }
  });
});

/** The text of each service, with that of the anchors which it merges. */
function servicesIn(file: string): Readonly<Record<string, string>> {
  const anchors = Object.fromEntries(
    [...file.matchAll(/^x-\w+: &(\w+)\n((?: .*\n)*)/gm)].map(([, name, text = '']) => [name, text]),
  );
  const merged = (text: string): string =>
    text.replace(/^ *<<: \*(\w+)$/gm, (_line, name: string) => merged(anchors[name] ?? ''));
  const services = file.slice(file.search(/^services:/m), file.search(/^volumes:/m));
  const found = services.matchAll(/^ {2}(\w+):\n((?: {4}.*\n|\n| *#.*\n)*)/gm);
  return Object.fromEntries([...found].map(([, name = '', text = '']) => [name, merged(text)]));
}

/** As with nothing set in the environment of whoever runs it: `${NAME:-default}` is the default. */
function settingsIn(text: string, pattern: RegExp): Record<string, string> {
  const settings = [...text.matchAll(pattern)].map(([, name = '', value = '']) => [
    name,
    value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
  ]);
  return Object.fromEntries(settings) as Record<string, string>;
}
