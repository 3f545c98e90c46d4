// Certificate Manager through the official SDK and the AWS CLI, over TLS against a whole node: the life of certificates, and errors as their clients see them.
import { request } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as acm from '@aws-sdk/client-acm';
import { ApiGatewayV2, BadRequestException } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsCli, type AwsCli } from '../../support/aws-cli.ts';
import { adminClients, clientSettings } from '../../support/clients.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { rootAuthority, rsa, type Identity } from '../../support/pki.ts';
import { advance } from '../../support/test-clock.ts';

const DAY_MS = 86_400_000;

let node: TestNode;
let sdk: acm.ACM;
let folder: string;
let aws: AwsCli;
let root: Identity;
let server: Identity;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-acm-cli-'));
  node = await startNode({ args: ['--test'] });
  sdk = adminClients(node).acm;
  aws = awsCli(node, folder);
  root = await rootAuthority('CN=Root');
  server = await root.issue('CN=ws.example.com', {
    names: ['ws.example.com'],
    algorithm: rsa(2048, 'SHA-256'),
  });
  await writeFile(join(folder, 'cert.pem'), server.cert);
  await writeFile(join(folder, 'key.pem'), server.key);
  await writeFile(join(folder, 'chain.pem'), root.cert);
});
afterAll(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

const imported = () =>
  sdk.importCertificate({
    Certificate: Buffer.from(server.cert),
    PrivateKey: Buffer.from(server.key),
    CertificateChain: Buffer.from(root.cert),
    Tags: [{ Key: 'team', Value: 'chat' }],
  });

test('the life of an imported certificate', async () => {
  const { CertificateArn } = await imported();
  const at = { CertificateArn };
  const { Certificate } = await sdk.describeCertificate(at);
  expect(Certificate).toMatchObject({
    CertificateArn,
    DomainName: 'ws.example.com',
    Status: 'ISSUED',
    Type: 'IMPORTED',
    KeyAlgorithm: 'RSA_2048',
    ImportedAt: expect.any(Date) as Date,
    InUseBy: [],
  });
  expect(await sdk.getCertificate(at)).toMatchObject({
    Certificate: server.cert,
    CertificateChain: root.cert,
  });
  expect((await sdk.listTagsForCertificate(at)).Tags).toEqual([{ Key: 'team', Value: 'chat' }]);
  await sdk.addTagsToCertificate({ ...at, Tags: [{ Key: 'bare' }] });
  await sdk.removeTagsFromCertificate({ ...at, Tags: [{ Key: 'team' }] });
  expect((await sdk.listTagsForCertificate(at)).Tags).toEqual([{ Key: 'bare' }]);
  const { CertificateSummaryList = [] } = await sdk.listCertificates({});
  expect(CertificateSummaryList).toMatchObject([{ CertificateArn, InUse: false, Exported: false }]);
  await sdk.deleteCertificate(at);
  await expect(sdk.describeCertificate(at)).rejects.toBeInstanceOf(acm.ResourceNotFoundException);
});

test('a requested certificate serves a domain, and cannot be deleted until the domain is gone', async () => {
  const { gateway } = adminClients(node);
  const v2 = new ApiGatewayV2(clientSettings(node));
  const { CertificateArn } = await sdk.requestCertificate({
    DomainName: '*.example.com',
    SubjectAlternativeNames: ['example.com'],
    ValidationMethod: 'DNS',
    IdempotencyToken: 'one',
    KeyAlgorithm: 'EC_prime256v1',
  });
  const at = { CertificateArn };
  const DomainName = 'chat.example.com';
  const made = await v2.createDomainName({
    DomainName,
    DomainNameConfigurations: [{ CertificateArn, CertificateName: 'mine' }],
  });
  expect(made.DomainNameConfigurations).toMatchObject([
    { CertificateArn, CertificateName: 'mine', DomainNameStatus: 'AVAILABLE' },
  ]);
  expect((await sdk.describeCertificate(at)).Certificate).toMatchObject({
    InUseBy: [`arn:aws:apigateway:us-east-1::/domainnames/${DomainName}`],
    RenewalEligibility: 'ELIGIBLE',
  });
  await expect(sdk.deleteCertificate(at)).rejects.toBeInstanceOf(acm.ResourceInUseException);
  const refused = v2.createDomainName({
    DomainName: 'ws.example.org',
    DomainNameConfigurations: [{ CertificateArn }],
  });
  await expect(refused).rejects.toBeInstanceOf(BadRequestException);
  const elsewhere = new ApiGatewayV2({ ...clientSettings(node), region: 'eu-west-1' });
  await expect(
    elsewhere.createDomainName({
      DomainName: 'ws.example.com',
      DomainNameConfigurations: [{ CertificateArn }],
    }),
  ).rejects.toThrow(
    `Invalid certificate ARN: ${CertificateArn}. Certificate must be in 'eu-west-1'.`,
  );
  expect(await text('/metrics')).toContain(
    `postern_certificate_expiry_seconds{arn="${CertificateArn}",domain="${DomainName}"} `,
  );
  await sdk.renewCertificate(at);
  expect((await sdk.describeCertificate(at)).Certificate?.RenewalSummary).toMatchObject({
    RenewalStatus: 'SUCCESS',
  });
  await v2.deleteDomainName({ DomainName });
  await sdk.deleteCertificate(at);
  for (const client of [v2, elsewhere, gateway]) client.destroy();
});

test.each<[string, () => Promise<unknown>, abstract new (...args: never[]) => Error]>([
  [
    'a key that does not match',
    async () =>
      sdk.importCertificate({
        Certificate: Buffer.from(server.cert),
        PrivateKey: Buffer.from(root.key),
      }),
    acm.ValidationException,
  ],
  [
    'too many tags',
    () =>
      sdk.requestCertificate({
        DomainName: 'a.example.com',
        Tags: Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}` })),
      }),
    acm.TooManyTagsException,
  ],
  [
    'a mail for what is issued',
    async () => {
      const { CertificateArn } = await sdk.requestCertificate({ DomainName: 'a.example.com' });
      return sdk.resendValidationEmail({
        CertificateArn,
        Domain: 'a.example.com',
        ValidationDomain: 'a.example.com',
      });
    },
    acm.InvalidStateException,
  ],
])('%s is a modelled error', async (_what, call, type) => {
  await expect(call()).rejects.toBeInstanceOf(type);
});

test('what is not built says so, and nothing is tried again', async () => {
  const revoking = sdk.revokeCertificate({
    CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/x',
    RevocationReason: 'SUPERSEDED',
  });
  await expect(revoking).rejects.toMatchObject({
    name: 'NotImplementedException',
    $metadata: { httpStatusCode: 501, attempts: 1 },
  });
});

/** `GET` of the admin listener. */
function text(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(`${node.ready.admin}${path}`, { agent: node.agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    });
    call.on('error', reject).end();
  });
}

interface Raw {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** An unsigned request. */
function raw(target: string, body: string): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const headers = { 'X-Amz-Target': target, 'Content-Type': 'application/x-amz-json-1.1' };
    const call = request(`${node.ready.admin}/`, { method: 'POST', agent: node.agent, headers });
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          type: response.headers['content-type'],
          body: text,
        }),
      );
    });
    call.on('error', reject).end(body);
  });
}

test('an unsigned request is refused in the protocol of the service', async () => {
  const answer = await raw('CertificateManager.ListCertificates', '{}');
  expect(answer).toMatchObject({ status: 400, type: 'application/x-amz-json-1.1' });
  expect(JSON.parse(answer.body)).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
});

test(
  'the AWS CLI imports, lists, shows, swaps, requests and deletes',
  { timeout: 180_000 },
  async () => {
    const files = [
      ...['--certificate', 'fileb://cert.pem', '--private-key', 'fileb://key.pem'],
      ...['--certificate-chain', 'fileb://chain.pem'],
    ];
    const { CertificateArn } = await aws('acm', 'import-certificate', ...files);
    const arn = ['--certificate-arn', String(CertificateArn)];
    const again = await aws('acm', 'import-certificate', ...files, ...arn);
    expect(again).toEqual({ CertificateArn });
    const { Certificate } = await aws('acm', 'describe-certificate', ...arn);
    expect(Certificate).toMatchObject({ CertificateArn, Status: 'ISSUED', Type: 'IMPORTED' });
    const shown = await aws('acm', 'get-certificate', ...arn);
    expect(shown).toEqual({ Certificate: server.cert, CertificateChain: root.cert });
    const requested = await aws(
      ...['acm', 'request-certificate', '--domain-name', 'cli.example.com'],
      ...['--validation-method', 'DNS', '--key-algorithm', 'EC_prime256v1'],
    );
    await aws(
      ...['acm', 'wait', 'certificate-validated', '--certificate-arn'],
      String(requested['CertificateArn']),
    );
    const listed = await aws(
      ...['acm', 'list-certificates', '--includes', 'keyTypes=EC_prime256v1', '--query'],
      "CertificateSummaryList[?DomainName=='cli.example.com'].CertificateArn",
    );
    expect(listed).toEqual([requested['CertificateArn']]);
    await aws('acm', 'delete-certificate', ...arn);
    await expect(aws('acm', 'describe-certificate', ...arn)).rejects.toThrow(
      `An error occurred (ResourceNotFoundException) when calling the DescribeCertificate operation: Could not find certificate ${String(CertificateArn)}.`,
    );
    await writeFile(join(folder, 'key.pem'), root.key);
    await expect(aws('acm', 'import-certificate', ...files)).rejects.toThrow(
      'An error occurred (ValidationException) when calling the ImportCertificate operation: The private key does not match the certificate.',
    );
  },
);

test('the clock of a test node leaves certificates alone: clients judge them by real time', async () => {
  const ending = await root.issue('CN=soon.example.com', { until: 3 });
  const { CertificateArn } = await sdk.importCertificate({
    Certificate: Buffer.from(ending.cert),
    PrivateKey: Buffer.from(ending.key),
    CertificateChain: Buffer.from(root.cert),
  });
  const { Certificate: before } = await sdk.describeCertificate({ CertificateArn });
  expect(before).toMatchObject({ Status: 'ISSUED' });
  expect(await advance(node, 5 * DAY_MS)).toBe(200);
  const { Certificate: after } = await sdk.describeCertificate({ CertificateArn });
  expect(after).toEqual(before);
  const line = new RegExp(
    `^postern_certificate_expiry_seconds.*${CertificateArn}.* (-?[0-9]+)$`,
    'm',
  );
  const [, seconds] = line.exec(await text('/metrics')) ?? [];
  expect(Number(seconds)).toBeGreaterThan(2 * (DAY_MS / 1000));
});

test('a reset leaves no certificates', async () => {
  await imported();
  await new Promise<void>((resolve, reject) => {
    const call = request(`${node.ready.admin}/_postern/reset`, {
      method: 'POST',
      agent: node.agent,
    });
    call.on('response', (response) => response.resume().on('end', () => resolve()));
    call.on('error', reject).end();
  });
  const Includes = { keyTypes: Object.values(acm.KeyAlgorithm) };
  expect((await sdk.listCertificates({ Includes })).CertificateSummaryList).toEqual([]);
});
