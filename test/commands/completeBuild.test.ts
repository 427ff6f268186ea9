import { describe, it } from 'vitest';
import { failBuild, succeedBuild } from '../../src/commands/completeBuild.ts';
import { service } from '../../src/domain/service.ts';
import {
  at,
  buildFailed,
  buildId,
  buildRequested,
  buildSucceeded,
  image,
  serviceCreated,
  serviceDeleted,
  serviceId,
} from '../support/samples.ts';
import { specification } from '../support/spec.ts';

describe('succeedBuild', () => {
  const given = specification(service, succeedBuild);
  const command = { serviceId, buildId, image, at: at(1) };

  it('records the image', () =>
    given(serviceCreated(), buildRequested()).when(command).then(buildSucceeded()));
  it('ends a build even if its service was deleted meanwhile', () =>
    given(serviceCreated(), buildRequested(), serviceDeleted).when(command).then(buildSucceeded()));
  it('never ends a build before it was asked for, whatever the clock says', () =>
    given(serviceCreated(), buildRequested({ requestedAt: at(9) }))
      .when(command)
      .then(buildSucceeded({ finishedAt: at(9) })));
  it('does not know a build that was not asked for', () => {
    given(serviceCreated()).when(command).thenRefused('NOT_FOUND');
    given().when(command).thenRefused('NOT_FOUND');
  });
  it('is silent when repeated', () =>
    given(serviceCreated(), buildRequested(), buildSucceeded()).when(command).thenNothing());
  it('is silent where the build has failed', () =>
    given(serviceCreated(), buildRequested(), buildFailed()).when(command).thenNothing());
});

describe('failBuild', () => {
  const given = specification(service, failBuild);
  const command = { serviceId, buildId, message: 'no such image', at: at(1) };

  it('records why', () => given(serviceCreated(), buildRequested()).when(command).then(buildFailed()));
  it('cuts a message that is longer than an event should carry', () =>
    given(serviceCreated(), buildRequested())
      .when({ ...command, message: 'x'.repeat(2_001) })
      .then(buildFailed({ message: `${'x'.repeat(1_999)}…` })));
  it('does not know a build that was not asked for', () =>
    given(serviceCreated()).when(command).thenRefused('NOT_FOUND'));
  it('is silent when repeated', () =>
    given(serviceCreated(), buildRequested(), buildFailed()).when(command).thenNothing());
  it('is silent where the build has succeeded', () =>
    given(serviceCreated(), buildRequested(), buildSucceeded()).when(command).thenNothing());
});
