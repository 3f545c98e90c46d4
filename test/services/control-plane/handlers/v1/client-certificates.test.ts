// Client certificates: generate, get, list, update, delete, tags; what stages do with them; refusals of each.
import { X509Certificate } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { ClientCertificateRecord } from '#shared/model/certificates.ts';
import { clientCertificateKey } from '#shared/store/keys.ts';
import { ControlDesk, given, beforeFirstCommit } from '../../../../support/control-desk.ts';

/** Expects a refusal with a text that has `message` in it. */
async function expectFault(call: Promise<unknown>, status: number, message: string): Promise<void> {
  await expect(call).rejects.toMatchObject({
    status,
    message: expect.stringContaining(message) as unknown,
  });
}

const UNKNOWN = 'Invalid Client Certificate identifier specified';
let desk: ControlDesk;

beforeEach(() => {
  desk = new ControlDesk();
});

const generate = (input = {}) => desk.call1('GenerateClientCertificate', input);
const idOf = async (input = {}) => given((await generate(input)).clientCertificateId);

test('a certificate is self-signed by RSA for 365 days, as those of AWS', async () => {
  const made = await generate({ description: 'back ends', tags: { a: '1' } });
  expect(made).toEqual({
    clientCertificateId: expect.stringMatching(/^[a-z0-9]{6}$/) as unknown,
    description: 'back ends',
    pemEncodedCertificate: expect.stringMatching(
      /^-----BEGIN CERTIFICATE-----\r\n([\w+/=]+\r\n)+-----END CERTIFICATE-----$/,
    ) as unknown,
    createdDate: expect.any(Date) as unknown,
    expirationDate: expect.any(Date) as unknown,
    tags: { a: '1' },
  });
  const certificate = new X509Certificate(given(made.pemEncodedCertificate));
  expect(certificate.subject).toBe('C=US\nL=Seattle\nCN=ApiGateway');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(certificate.signatureAlgorithm).toBe('sha256WithRSAEncryption');
  expect([certificate.validFromDate, certificate.validToDate]).toEqual([
    made.createdDate,
    made.expirationDate,
  ]);
  expect(certificate.validToDate.getTime() - certificate.validFromDate.getTime()).toBe(
    365 * 86_400_000,
  );
});

test('the private key is stored sealed and given out by nothing', async () => {
  const id = await idOf();
  const record = await desk.store.get<ClientCertificateRecord>(
    clientCertificateKey('eu-west-1', id),
  );
  const sealed = given(record?.value.sealedKey);
  expect(JSON.stringify(record)).not.toContain('PRIVATE KEY');
  const [owner, key = ''] = Buffer.from(sealed, 'base64').toString().split(' -----BEGIN');
  expect(owner).toBe(`client-certificate/eu-west-1/${id}`);
  expect(key).toMatch(/^ PRIVATE KEY-----/);
  const at = { clientCertificateId: id };
  const answers = [
    await desk.call1('GetClientCertificate', at),
    await desk.call1('GetClientCertificates', {}),
    await desk.call1('UpdateClientCertificate', at),
  ];
  expect(JSON.stringify(answers)).not.toContain(sealed);
  expect(JSON.stringify(answers)).not.toContain('PRIVATE');
});

test('certificates are of their region, listed in pages', async () => {
  const ids = [await idOf(), await idOf(), await idOf()];
  const first = await desk.call1('GetClientCertificates', { limit: 2 });
  const rest = await desk.call1('GetClientCertificates', {
    limit: 2,
    position: given(first.position),
  });
  const listed = [...given(first.items), ...given(rest.items)];
  expect(listed.map(({ clientCertificateId }) => clientCertificateId).sort()).toEqual(ids.sort());
  expect(rest.position).toBeUndefined();
  expect((await desk.call1('GetClientCertificates', {}, 'us-east-1')).items).toEqual([]);
});

test('only the description is changed', async () => {
  const id = await idOf({ description: 'old' });
  const update = (value: string, path = '/description') =>
    desk.call1('UpdateClientCertificate', {
      clientCertificateId: id,
      patchOperations: [{ op: 'replace', path, value }],
    });
  expect((await update('new')).description).toBe('new');
  expect((await update('')).description).toBeUndefined();
  await expectFault(update('x', '/pemEncodedCertificate'), 400, 'Must be one of: [/description]');
});

test('tags by ARN', async () => {
  const resourceArn = `arn:aws:apigateway:eu-west-1::/clientcertificates/${await idOf({ tags: { a: '1' } })}`;
  await desk.call1('TagResource', { resourceArn, tags: { b: '2' } });
  await desk.call1('UntagResource', { resourceArn, tagKeys: ['a'] });
  expect((await desk.call1('GetTags', { resourceArn })).tags).toEqual({ b: '2' });
});

test('a stage keeps its certificate from being deleted until it has another or none', async () => {
  const [id, other] = [await idOf(), await idOf()];
  const ApiId = await desk.api();
  await desk.call('CreateStage', { ApiId, StageName: 'live', ClientCertificateId: id });
  expect((await desk.live(ApiId, 'live'))?.stage.ClientCertificateId).toBe(id);
  const remove = (clientCertificateId: string) =>
    desk.call1('DeleteClientCertificate', { clientCertificateId });
  await expectFault(
    remove(id),
    400,
    `${id} is in use by these stages and cannot be deleted: ${ApiId}/live`,
  );
  await desk.call('UpdateStage', { ApiId, StageName: 'live', ClientCertificateId: other });
  await remove(id);
  await expectFault(remove(other), 400, 'is in use');
  await desk.call('UpdateStage', { ApiId, StageName: 'live', ClientCertificateId: '' });
  await remove(other);
  expect((await desk.call1('GetClientCertificates', {})).items).toEqual([]);
});

test('a deletion that meets a stage being given the certificate finds it in use', async () => {
  const id = await idOf();
  const ApiId = await desk.api();
  const second = new ControlDesk({
    beside: desk,
    wrap: beforeFirstCommit(() =>
      desk.call('CreateStage', { ApiId, StageName: 'live', ClientCertificateId: id }),
    ),
  });
  const removed = second.call1('DeleteClientCertificate', { clientCertificateId: id });
  await expectFault(removed, 400, 'is in use');
});

test('unknown ids are 404, in every operation and for stages', async () => {
  const at = { clientCertificateId: 'nope00' };
  const ApiId = await desk.api();
  await desk.call('CreateStage', { ApiId, StageName: 'live' });
  const elsewhere = await idOf();
  const calls = [
    () => desk.call1('GetClientCertificate', at),
    () => desk.call1('UpdateClientCertificate', at),
    () => desk.call1('DeleteClientCertificate', at),
    () => desk.call1('GetClientCertificate', { clientCertificateId: elsewhere }, 'us-east-1'),
    () => desk.call('CreateStage', { ApiId, StageName: 'two', ClientCertificateId: 'nope00' }),
    () => desk.call('UpdateStage', { ApiId, StageName: 'live', ClientCertificateId: 'nope00' }),
  ];
  for (const call of calls) await expectFault(call(), 404, UNKNOWN);
});

test('a region has at most as many as the limits say', async () => {
  const small = new ControlDesk({ limits: { clientCertificatesPerRegion: 1 } });
  await small.call1('GenerateClientCertificate', {});
  await expectFault(
    small.call1('GenerateClientCertificate', {}),
    429,
    'Maximum number of Client Certificates',
  );
});

test('tags of AWS are refused', async () => {
  await expectFault(generate({ tags: { 'aws:x': '1' } }), 400, 'Tag keys may not begin with aws:');
});
