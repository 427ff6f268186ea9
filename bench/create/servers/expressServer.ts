/* A no-op mutation on Apollo Server with Express, wired as their documentation shows it. */
import type { AddressInfo } from 'node:net';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import express from 'express';

let answered = 0;
const apollo = new ApolloServer({
  typeDefs: 'type Query { stored: Int! } type Mutation { noop: Boolean! }',
  resolvers: {
    Query: { stored: () => answered },
    Mutation: {
      noop: () => {
        answered += 1;
        return true;
      },
    },
  },
});
await apollo.start();
const app = express();
app.use('/graphql', express.json(), expressMiddleware(apollo));
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => process.exit(0));
