// Where services are found: configured by name, for all, this node's DynamoDB, AWS; and with which keys.
import { hostname } from 'node:os';
import { expect, test, vi } from 'vitest';
import { serviceDirectory } from '#services/aws-services.ts';

const OUTSIDE = { accessKeyId: 'OUT', secretAccessKey: 'side' };
const EMBEDDED = 'http://127.0.0.1:8000';

function directory(endpoints: Readonly<Record<string, string>>, dynamodbUrl: string | undefined) {
  const config = {
    adminHost: '127.0.0.1',
    adminPort: 8444,
    endpoints,
    outsideCredentials: OUTSIDE,
    publicUrl: 'https://gateway.example.com',
    region: 'eu-west-1',
  };
  return serviceDirectory(config, { dynamodbUrl, own: { names: ['own'], token: 't' } });
}

test.each([
  [{}, ['sqs'], 'https://sqs.aws'],
  [{}, ['dynamodb'], EMBEDDED],
  [{ dynamodb: 'http://ddb' }, ['dynamodb'], 'http://ddb'],
  [{ '*': 'http://all' }, ['sqs'], 'http://all'],
  [{ '*': 'http://all' }, ['dynamodb'], 'http://all'],
  [{ '*': 'http://all', sqs: 'http://queues' }, ['sqs'], 'http://queues'],
  [{ SQS: 'http://queues' }, ['sqs'], 'http://queues'],
  [{ eventbridge: 'http://bus' }, ['eventbridge', 'events'], 'http://bus'],
  [{ '*': 'https://localhost:8444' }, ['dynamodb'], EMBEDDED],
  [{ '*': 'https://127.0.0.1:8444' }, ['sqs'], 'https://sqs.aws'],
  [{ '*': 'https://127.1.2.3:8444' }, ['sqs'], 'https://sqs.aws'],
  [{ '*': `https://${hostname().toLowerCase()}:8444` }, ['sqs'], 'https://sqs.aws'],
  [{ '*': 'https://gateway.example.com:8444' }, ['sqs'], 'https://sqs.aws'],
  [{ '*': 'https://gateway.example.com:8445' }, ['sqs'], 'https://gateway.example.com:8445'],
  [{ events: 'http://bus' }, ['eventbridge', 'events'], 'http://bus'],
])('%o: %o at %s', (endpoints, names, url) => {
  expect(directory(endpoints, EMBEDDED).find(names, `${names[0]}.aws`).url).toBe(url);
});

test('the node’s tables are told to integrations', () => {
  expect(directory({}, EMBEDDED).ownTables).toEqual(['own']);
});

test('DynamoDB at AWS is AWS’s', () => {
  const host = 'dynamodb.eu-west-1.amazonaws.com';
  expect(directory({}, undefined).find(['dynamodb'], host).url).toBe(`https://${host}`);
});

test('the configured keys go to everybody but AWS', async () => {
  const { keys } = directory({ sqs: 'http://localhost:9324' }, EMBEDDED).find(['sqs'], 'x');
  expect(await keys()).toBe(OUTSIDE);
});

test.each(['sqs.eu-west-1.amazonaws.com', 'sqs.cn-north-1.amazonaws.com.cn'])(
  'at %s the SDK’s chain finds the keys, the same object each time',
  async (host) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'CHAIN');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const { keys } = directory({}, undefined).find(['sqs'], host);
    const first = await keys();
    expect(first).toMatchObject({ accessKeyId: 'CHAIN', secretAccessKey: 'secret' });
    expect(await keys()).toBe(first);
    vi.unstubAllEnvs();
  },
);
