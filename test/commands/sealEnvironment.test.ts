import { describe, expect, it } from 'vitest';
import { createSecretBox, secretKeyBytes } from '../../src/adapters/local/secretBox.ts';
import { openEnvironment, sealEnvironment, type VariableInput } from '../../src/commands/sealEnvironment.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { SecretBoxError } from '../../src/ports/secretBox.ts';

const box = createSecretBox(new Uint8Array(secretKeyBytes));
const limits = { environmentVariables: 3, environmentBytes: 70 };
const plain = (key: string, value = ''): VariableInput => ({ key, value, secret: false });
const secret = (key: string, value: string): VariableInput => ({ key, value, secret: true });

function refusal(input: readonly VariableInput[], field?: string): DomainError {
  try {
    sealEnvironment(box, input, limits, field);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  return expect.unreachable('wanted a refusal');
}

describe('sealEnvironment', () => {
  it('seals secrets and leaves the rest in the clear', () => {
    const sealed = sealEnvironment(box, [plain('A', '1'), secret('B', 'hunter2')], limits);
    expect(sealed).toEqual([
      { kind: 'plain', key: 'A', value: '1' },
      { kind: 'secret', key: 'B', sealedValue: expect.any(String) },
    ]);
    expect(JSON.stringify(sealed)).not.toContain('hunter2');
  });
  it('names the place of a key that is no name', () => {
    expect(refusal([plain('A'), plain('B'), plain('9C')]).details).toMatchObject({
      field: 'environment[2].key',
    });
    expect(refusal([plain('')], 'set').details).toMatchObject({ field: 'set[0].key' });
  });
  it('names the place of a key that is there twice', () => {
    const { message, details } = refusal([plain('A'), secret('A', 'hunter2')]);
    expect(details).toMatchObject({ field: 'environment[1].key' });
    expect(message).toBe('environment[1].key: got "A", wanted a key that environment[0] does not have');
  });
  it('takes as many variables as the limit and refuses one more', () => {
    const three = ['A', 'B', 'C'].map((key) => plain(key));
    expect(sealEnvironment(box, three, limits)).toHaveLength(3);
    expect(refusal([...three, plain('D')]).message).toBe(
      'environment: got "4 variables", wanted at most 3 variables',
    );
  });
  it('takes as many bytes, as they are stored, as the limit and refuses one more', () => {
    expect(sealEnvironment(box, [plain('A', 'x'.repeat(69))], limits)).toHaveLength(1);
    expect(refusal([plain('A', 'x'.repeat(70))]).message).toBe(
      'environment: got "71 bytes", wanted at most 70 bytes',
    );
    expect(refusal([plain('A', 'é'.repeat(35))]).code).toBe('BAD_USER_INPUT');
    expect(refusal([secret('A', 'x'.repeat(45))]).code).toBe('BAD_USER_INPUT');
  });
  it('takes a variable as long as the kernel passes to a program, and names the key of a longer one', () => {
    const roomy = { ...limits, environmentBytes: 900_000 };
    const longest = 'x'.repeat(131_072 - 'KEY='.length - 1);
    expect(sealEnvironment(box, [plain('KEY', longest)], roomy)).toHaveLength(1);
    for (const variable of [plain('KEY', `${longest}x`), secret('KEY', `${longest}x`)]) {
      expect(() => sealEnvironment(box, [variable], roomy)).toThrow(
        'environment[0].value: got "131072 bytes for KEY", wanted at most 131071 bytes for the name, "=" and the value',
      );
    }
  });
  it('refuses a value that no process could be given', () => {
    expect(refusal([plain('A', 'a\0b')]).details).toMatchObject({ field: 'environment[0].value' });
    expect(refusal([plain('A', '\udfff')]).details).toMatchObject({ field: 'environment[0].value' });
  });
  it('never shows a value, secret or not, in a refusal', () => {
    const refusals = [
      refusal([secret('A', 'hunter2\0')]),
      refusal([plain('A', 'hunter2\0')]),
      refusal([secret('A', 'hunter2'), secret('A', 'hunter2')]),
      refusal([secret('9', 'hunter2')]),
      refusal([secret('A', 'hunter2'.repeat(20))]),
    ];
    for (const { message, details } of refusals) {
      expect(message + JSON.stringify(details)).not.toContain('hunter2');
    }
  });
});

describe('openEnvironment', () => {
  it('answers what was sealed, and which values are secret', () => {
    const sealed = sealEnvironment(box, [plain('A', '1'), secret('B', 'hunter2')], limits);
    expect(openEnvironment(box, sealed)).toEqual({
      values: { A: '1', B: 'hunter2' },
      secretValues: ['hunter2'],
    });
  });
  it('opens a secret only under the key it was sealed for', () => {
    const moved = { kind: 'secret', key: 'B', sealedValue: box.seal('hunter2', 'A') } as const;
    expect(() => openEnvironment(box, [moved])).toThrow(SecretBoxError);
  });
});
