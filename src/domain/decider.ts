import type { DomainEvent } from './events.ts';

/** How the events of one kind of stream fold into the state that its commands decide on. */
export type Aggregate<State, Event extends DomainEvent> = Readonly<{
  initialState: State;
  evolve: (state: State, event: Event) => State;
}>;
