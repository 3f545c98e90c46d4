// Client certificates: generate, get, list, update, delete (AWS: apigateway /clientcertificates).
import type { ClientCertificateRecord } from '#shared/model/certificates.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { clientCertificateKey, clientCertificatesOf } from '#shared/store/keys.ts';
import { check } from '../../constraints.ts';
import { retried } from '../../definitions/api-edits.ts';
import { needCertificate, sealOwner, stagesWith } from '../../definitions/client-certificates.ts';
import { withoutEmpty } from '../../definitions/patch.ts';
import { applyPatches, type PatchRule } from '../../definitions/patch-operations.ts';
import { positionPage } from '../../definitions/position-page.ts';
import { badRequest } from '../../faults.ts';
import type { V1Output } from '../../model.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';

type CertificateView = Exclude<V1Output<'GetClientCertificate'>, void>;

const ID_LENGTH = 6;
const LIFE_MS = 365 * 86_400_000;

/** As everybody may see it: without its key, its PEM with the line ends of AWS. */
function view(record: ClientCertificateRecord): CertificateView {
  const { id, description, certificate, createdDate, expirationDate, tags } = record;
  return {
    clientCertificateId: id,
    ...(description === undefined ? {} : { description }),
    pemEncodedCertificate: certificate.trimEnd().replaceAll('\n', '\r\n'),
    createdDate: new Date(createdDate),
    expirationDate: new Date(expirationDate),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

const generateClientCertificate: V1Operation<'GenerateClientCertificate'> = async (
  { deps },
  input,
  context,
) => {
  const { description = '', tags = {} } = input;
  check('Tags', { Tags: tags }, deps.limits);
  const { region } = context;
  const { items } = await deps.store.list(clientCertificatesOf(region));
  if (items.length >= deps.limits.clientCertificatesPerRegion) throw tooManyCertificates();
  const id = newResourceId(ID_LENGTH);
  // Certificates know whole seconds, and live by the wall clock.
  const createdDate = Math.floor(Date.now() / 1000) * 1000;
  const expirationDate = createdDate + LIFE_MS;
  const { key, cert: certificate } = await deps.newIdentity(createdDate, expirationDate);
  const sealedKey = deps.sealer.seal(key, sealOwner(region, id));
  const record = withoutEmpty({
    ...{ id, description, certificate, sealedKey, createdDate, expirationDate, tags },
  });
  const at = clientCertificateKey(region, id);
  await deps.store.commit([{ op: 'put', key: at, value: record, expect: 0 }]);
  return view(record);
};

const tooManyCertificates = () =>
  new ServiceError(
    'LimitExceededException',
    429,
    'Maximum number of Client Certificates for this account has been reached. Please contact AWS if you need additional Client Certificates.',
  );

const getClientCertificate: V1Operation<'GetClientCertificate'> = async (
  { deps },
  input,
  context,
) => view((await needCertificate(deps.store, context, input.clientCertificateId)).value);

/** Oldest first. */
const getClientCertificates: V1Operation<'GetClientCertificates'> = async (
  { deps },
  input,
  context,
) => {
  const page = await deps.store.list<ClientCertificateRecord>(clientCertificatesOf(context.region));
  const all = page.items.map(({ value }) => value);
  const { items, ...more } = positionPage(
    all,
    input,
    ({ createdDate, id }) => `${String(createdDate).padStart(16, '0')}#${id}`,
  );
  return { items: items.map(view), ...more };
};

const RULES: readonly PatchRule<ClientCertificateRecord>[] = [
  {
    path: '/description',
    ops: { replace: (record, { value }) => withoutEmpty({ ...record, description: value }) },
  },
];

const updateClientCertificate: V1Operation<'UpdateClientCertificate'> = async (
  { deps },
  input,
  context,
) => {
  const { clientCertificateId: id, patchOperations } = input;
  const options = { rules: RULES, input: 'updateClientCertificateInput' };
  return retried(async () => {
    const { key, value, version } = await needCertificate(deps.store, context, id);
    const record = applyPatches(value, patchOperations, options);
    await deps.store.commit([{ op: 'put', key, value: record, expect: version }]);
    return view(record);
  });
};

/** Not while a stage shows it. */
const deleteClientCertificate: V1Operation<'DeleteClientCertificate'> = async (
  { deps },
  input,
  context,
) => {
  const { clientCertificateId: id } = input;
  await retried(async () => {
    const { key, version } = await needCertificate(deps.store, context, id);
    const stages = await stagesWith(deps.store, context, id);
    if (stages.length > 0) {
      throw badRequest(
        `Client Certificate ${id} is in use by these stages and cannot be deleted: ${stages.join(', ')}`,
      );
    }
    await deps.store.commit([{ op: 'delete', key, expect: version }]);
  });
};

/** Operations of this file. */
export const CLIENT_CERTIFICATE_OPERATIONS = {
  GenerateClientCertificate: generateClientCertificate,
  GetClientCertificate: getClientCertificate,
  GetClientCertificates: getClientCertificates,
  UpdateClientCertificate: updateClientCertificate,
  DeleteClientCertificate: deleteClientCertificate,
} satisfies Partial<V1Operations>;
