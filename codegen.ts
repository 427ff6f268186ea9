import type { CodegenConfig } from '@graphql-codegen/cli';
import { enumValues } from './src/api/graphql/enumValues.ts';

/**
 * Types for the resolvers, from the contract. `npm run generate` writes the file; `npm run generate:check` fails where it is not what the
 * contract says. A mapper is what the resolvers of a type's fields get as their parent.
 */
const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  generates: {
    'src/api/graphql/generated/resolverTypes.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        useTypeImports: true,
        importExtension: '.ts',
        enumsAsTypes: true,
        enumValues,
        avoidOptionals: { field: true, inputValue: false, defaultValue: true },
        strictScalars: true,
        immutableTypes: true,
        skipTypename: true,
        contextType: '../../context.ts#RequestContext',
        scalars: {
          ID: 'string',
          DateTime: 'string',
          Date: 'string',
          Position: '../../../domain/events.ts#Position',
          JSON: 'unknown',
          Long: 'number',
        },
        mappers: {
          ...ownNames(Object.keys(enumValues)),
          Actor: '../../../domain/actor.ts#Actor as ActorModel',
          Build: '../../../domain/service.ts#BuildState',
          Engine: '../models.ts#EngineModel',
          EnvironmentVariable:
            '../../../domain/environment.ts#EnvironmentVariable as EnvironmentVariableModel',
          Event: '../models.ts#EventModel',
          Invoice: '../models.ts#InvoiceModel',
          InvoiceLine: '../../../ports/readModels.ts#InvoiceRow',
          Job: '../../operations/loadJob.ts#JobModel',
          JobAttempt: '../models.ts#AttemptModel',
          JobBuild: '../../../domain/job.ts#JobSnapshot',
          JobOutcome: '../models.ts#OutcomeModel',
          Money: '../../../domain/money.ts#NanoDollars',
          Plan: '../../../domain/plan.ts#Plan as PlanModel',
          Runner: '../../../ports/runnerDirectory.ts#RunnerStatus',
          Service: '../../operations/loadService.ts#ServiceModel',
          Token: '../../../ports/readModels.ts#TokenView',
          UsageRow: '../../../ports/readModels.ts#UsageRow as UsageRowModel',
          UsageTotal: '../models.ts#UsageTotalModel',
          Viewer: '../../context.ts#Viewer as ViewerModel',
          Workspace: '../../../ports/readModels.ts#WorkspaceView',
        },
      },
    },
  },
};

/** Without a mapper the plugin would lose the type of an enum whose values are given. */
function ownNames(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

export default config;
