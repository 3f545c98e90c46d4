// Tags of apis, stages and domain names by ARN.
import { expect, test } from 'vitest';
import { ControlDesk } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api({ Tags: { first: '1' } });
  const Tags = { first: '1' };
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'live', Tags });
  await desk.call('CreateDomainName', { DomainName: 'ws.example.com', Tags });
  return { desk, apiId };
}

type Place = Awaited<ReturnType<typeof place>>;

const arn = (path: string, region = 'eu-west-1') => `arn:aws:apigateway:${region}::${path}`;

test.each([
  ['an api', (apiId: string) => `/apis/${apiId}`],
  ['a stage', (apiId: string) => `/apis/${apiId}/stages/live`],
  ['a domain', () => '/domainnames/ws.example.com'],
])('tags of %s', async (_what, path) => {
  const { desk, apiId } = await place();
  const ResourceArn = arn(path(apiId));
  await desk.call('TagResource', { ResourceArn, Tags: { second: '2', third: '3' } });
  await desk.call('UntagResource', { ResourceArn, TagKeys: ['first', 'third'] });
  expect(await desk.call('GetTags', { ResourceArn })).toEqual({ Tags: { second: '2' } });
});

test('tags show on the resource, and tagging deploys nothing', async () => {
  const { desk, apiId } = await place();
  await desk.route(apiId, 'hello');
  await desk.call('UpdateStage', { ApiId: apiId, StageName: 'live', AutoDeploy: true });
  await desk.call('TagResource', { ResourceArn: arn(`/apis/${apiId}`), Tags: { a: 'b' } });
  expect(await desk.call('GetApi', { ApiId: apiId })).toMatchObject({
    Tags: { first: '1', a: 'b' },
  });
  expect((await desk.call('GetDeployments', { ApiId: apiId })).Items).toHaveLength(1);
});

const read = (ResourceArn: string) => (at: Place) => at.desk.call('GetTags', { ResourceArn });

const refusals: Refusal<Place>[] = [
  [
    'text that is no ARN',
    read('nope'),
    'BadRequestException',
    'Invalid ARN specified in the request',
  ],
  [
    'an ARN of another region',
    (at) => read(arn(`/apis/${at.apiId}`, 'us-east-1'))(at),
    'NotFoundException',
    'Invalid resource identifier specified arn:aws:apigateway:us-east-1::/apis/{apiId}',
  ],
  [
    'an unknown api',
    read(arn('/apis/nope')),
    'NotFoundException',
    'Invalid API identifier specified nope',
  ],
  [
    'an unknown stage',
    (at) => read(arn(`/apis/${at.apiId}/stages/nope`))(at),
    'NotFoundException',
    'Invalid stage identifier specified',
  ],
  [
    'a kind without tags',
    (at) => read(arn(`/apis/${at.apiId}/routes/x`))(at),
    'NotFoundException',
    'Invalid resource identifier specified arn:aws:apigateway:eu-west-1::/apis/{apiId}/routes/x',
  ],
  [
    'a key of AWS',
    ({ desk, apiId }) =>
      desk.call('TagResource', { ResourceArn: arn(`/apis/${apiId}`), Tags: { 'aws:x': '1' } }),
    'BadRequestException',
    'Tag keys may not begin with aws:',
  ],
  [
    'a fifty-first tag',
    ({ desk, apiId }) => {
      const Tags = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, '']));
      return desk.call('TagResource', { ResourceArn: arn(`/apis/${apiId}`), Tags });
    },
    'BadRequestException',
    'A resource can have at most 50 tags',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});
