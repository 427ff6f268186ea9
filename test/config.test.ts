import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { configurationTable } from '../src/configurationTable.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const distributed = {
  ONEOFF_EVENTSTORE: 'esdb://127.0.0.1:2113?tls=false',
  ONEOFF_NATS: 'nats://a:4222,nats://b:4222',
  ONEOFF_SECRET_KEY: key,
};

describe('configuration', () => {
  it('takes each default where nothing is set, and where a variable is empty', () => {
    const defaults = Object.fromEntries(
      Object.entries(configurationTable).map(([name, { default: value }]) => [name, value]),
    );
    expect(readConfig({})).toEqual(defaults);
    expect(readConfig({ ONEOFF_PORT: '' }).port).toBe(4000);
  });

  it('reads numbers, choices and text', () => {
    const config = readConfig({ ONEOFF_PORT: '0', ONEOFF_ENGINE: 'docker', ONEOFF_HOST: '::1' });
    expect([config.port, config.engine, config.host]).toEqual([0, 'docker', '::1']);
  });

  it('cannot be changed once read', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it('names every bad variable at once, its value and what was wanted', () => {
    const read = () =>
      readConfig({ ONEOFF_PORT: '70000', ONEOFF_ENGINE: 'podman', ONEOFF_RUNNER_SLOTS: '-1' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow('ONEOFF_PORT: got "70000", wanted a whole number from 0 to 65535 (TCP port)');
    expect(read).toThrow('ONEOFF_ENGINE: got "podman", wanted one of auto, docker, process');
    expect(read).toThrow('ONEOFF_RUNNER_SLOTS: got "-1"');
  });

  it('refuses a variable that it does not know, since it may be a misspelt one', () => {
    expect(() => readConfig({ ONEOFF_PROT: '4000' })).toThrow('ONEOFF_PROT: there is no such variable');
  });

  it('takes a key of 32 bytes, and shows a wrong one to nobody', () => {
    expect(readConfig({ ONEOFF_SECRET_KEY: key }).secretKey).toEqual(Buffer.alloc(32, 7));
    const read = () => readConfig({ ONEOFF_SECRET_KEY: 'c2hvcnQ' });
    expect(read).toThrow('ONEOFF_SECRET_KEY: got a value, wanted 32 bytes');
    expect(read).not.toThrow('c2hvcnQ');
  });

  it('reads lists, their items in any order', () => {
    const { roles } = readConfig({ ...distributed, ONEOFF_ROLES: 'runner, api' });
    expect(roles).toEqual(['api', 'runner']);
    expect(readConfig(distributed).nats).toEqual(['nats://a:4222', 'nats://b:4222']);
    expect(readConfig({ ONEOFF_SECRET_KEYS_OLD: `${key},${key}` }).secretKeysOld).toHaveLength(2);
  });

  it.each([
    ['ONEOFF_ROLES', 'api,worker', 'wanted one or more of api, processes, runner, separated by commas'],
    [
      'ONEOFF_EVENTSTORE',
      'http://user:hidden@host',
      'got a value, wanted a connection string of EventStoreDB',
    ],
    ['ONEOFF_NATS', 'nats://user:hidden@host,http://other', 'got a value, wanted addresses of NATS servers'],
    ['ONEOFF_NATS_PREFIX', 'a.b', 'wanted letters, digits, - and _'],
    ['ONEOFF_EVENTSTORE_PREFIX', '$a', 'wanted letters, digits, _ and .'],
  ])('refuses %s=%s', (variable, value, complaint) => {
    const read = () => readConfig({ ...distributed, [variable]: value });
    expect(read).toThrow(`${variable}: `);
    expect(read).toThrow(complaint);
    expect(read).not.toThrow('hidden');
  });

  it.each([
    [{ ONEOFF_EVENTSTORE: distributed.ONEOFF_EVENTSTORE }, 'ONEOFF_NATS: got nothing'],
    [{ ONEOFF_NATS: distributed.ONEOFF_NATS }, 'ONEOFF_EVENTSTORE: got nothing'],
    [{ ONEOFF_ROLES: 'api' }, 'ONEOFF_ROLES: got "api", wanted api,processes,runner where'],
    [
      { ...distributed, ONEOFF_SECRET_KEY: '' },
      'ONEOFF_SECRET_KEY: got nothing, wanted the key that all nodes share',
    ],
    [
      { ...distributed, ONEOFF_SECRET_KEY_FILE: '/key' },
      'ONEOFF_SECRET_KEY_FILE: got "/key", wanted nothing',
    ],
  ])('names settings that do not go together: %j', (environment, complaint) => {
    expect(() => readConfig(environment)).toThrow(complaint);
  });

  it.each(Object.entries(configurationTable))('%s accepts its own default', (_, variable) => {
    if (variable.default === null || String(variable.default) === '') return;
    expect(variable.parse(String(variable.default))).toEqual({ value: variable.default });
  });
});
