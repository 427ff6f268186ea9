import { accounts } from './accounts.ts';
import { activeFields } from './activeFields.ts';
import { billing } from './billing.ts';
import { enumValues } from './enumValues.ts';
import { events } from './events.ts';
import type { Resolvers } from './generated/resolverTypes.ts';
import { jobs } from './jobs.ts';
import { mutations } from './mutations.ts';
import { node } from './node.ts';
import { outcomes } from './outcomes.ts';
import { plans } from './plans.ts';
import { scalars } from './scalars.ts';
import { services } from './services.ts';
import { subscriptions } from './subscriptions/subscriptions.ts';
import { system } from './system.ts';
import { timedMutations } from './timedMutations.ts';

/** Every resolver of the contract, by area. */
export const resolvers = {
  ...scalars,
  ...enumValues,
  ...accounts,
  ...plans,
  ...services,
  ...jobs,
  ...outcomes,
  ...events,
  ...billing,
  ...system,
  ...node,
  Query: activeFields({
    ...accounts.Query,
    ...plans.Query,
    ...services.Query,
    ...jobs.Query,
    ...events.Query,
    ...billing.Query,
    ...system.Query,
    ...node.Query,
  }),
  Mutation: timedMutations(activeFields(mutations)),
  Subscription: subscriptions,
} satisfies Resolvers;
