import { expect } from 'vitest';
import type { Aggregate } from '../../src/domain/decider.ts';
import { DomainError, type DomainErrorCode, type DomainErrorDetails } from '../../src/domain/errors.ts';
import { type DomainEvent, eventSchemas } from '../../src/domain/events.ts';

type Then<Decided extends DomainEvent> = {
  /** Exactly these events, each of which fits its schema. */
  then: (...expected: Decided[]) => void;
  thenNothing: () => void;
  /** A refusal with `code`, and, where given, with these among its details. */
  thenRefused: (code: DomainErrorCode, details?: DomainErrorDetails) => void;
};

/**
 * The words of a command's specification: `const given = specification(job, assignJob)`, then
 * `given(created).when(command).then(assigned)`.
 */
export function specification<State, Event extends DomainEvent, Command, Decided extends DomainEvent>(
  aggregate: Aggregate<State, Event>,
  decide: (state: State, command: Command) => readonly Decided[],
): (...events: Event[]) => { when: (command: Command) => Then<Decided> } {
  return (...events) => {
    events.forEach(expectToFitItsSchema);
    const state = events.reduce(aggregate.evolve, aggregate.initialState);
    return { when: (command) => outcomeOf(() => decide(state, command)) };
  };
}

function outcomeOf<Decided extends DomainEvent>(decide: () => readonly Decided[]): Then<Decided> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: the word of a specification; nobody awaits it.
    then: (...expected) => {
      const decided = decide();
      expect(decided).toEqual(expected);
      decided.forEach(expectToFitItsSchema);
    },
    thenNothing: () => expect(decide()).toEqual([]),
    thenRefused: (code, details = {}) => {
      const refusal = refusalOf(decide);
      expect({ code: refusal.code, details: refusal.details }).toEqual({
        code,
        details: expect.objectContaining(details),
      });
    },
  };
}

function refusalOf(decide: () => readonly DomainEvent[]): DomainError {
  try {
    expect.unreachable(`wanted a refusal, got ${JSON.stringify(decide())}`);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

function expectToFitItsSchema({ type, data }: DomainEvent): void {
  expect(eventSchemas[type].parse(data)).toEqual(data);
}
