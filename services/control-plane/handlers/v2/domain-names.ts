// Custom domain names: create, get, list, update, delete (AWS: apigatewayv2 /v2/domainnames).
import { createHash } from 'node:crypto';
import type { ControlContext } from '#shared/model/control.ts';
import type { DomainNameRecord } from '#shared/model/records.ts';
import type { ResourceStore, StoredResource } from '#shared/model/store.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { domainKey, domainNameKey, domainsOf, mappingsOf } from '#shared/store/keys.ts';
import { announceDomain } from '../../announcements.ts';
import { check, checkPatch } from '../../constraints.ts';
import { retried } from '../../definitions/api-edits.ts';
import { certificateWrites } from '../../definitions/domain-certificate.ts';
import { mutualTlsOf, mutualTlsView } from '../../definitions/mutual-tls.ts';
import { pageOutput, readPage } from '../../definitions/page.ts';
import { present, without } from '../../definitions/patch.ts';
import { conflict, notFound, notImplemented } from '../../faults.ts';
import type { V2Input } from '../../model.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';

type Configuration = NonNullable<V2Item<'GetDomainNames'>['DomainNameConfigurations']>[number];

type GivenConfiguration = NonNullable<
  V2Input<'CreateDomainName'>['DomainNameConfigurations']
>[number];

/** The domain of the request's region; 404 when there is none. */
export async function needDomain(
  store: ResourceStore,
  context: ControlContext,
  name: string,
): Promise<StoredResource<DomainNameRecord>> {
  const found = await store.get<DomainNameRecord>(domainKey(context.region, name));
  if (found !== undefined) return found;
  throw notFound('DomainName', 'The domain name resource specified in the request was not found.');
}

const createDomainName: V2Operation<'CreateDomainName'> = async ({ deps }, input, context) => {
  check('DomainName', input, deps.limits);
  refuseUnbuilt(input);
  const { DomainName: name, MutualTlsAuthentication } = input;
  const mutualTls = await mutualTlsOf(deps, context, {
    domainName: name,
    input: MutualTlsAuthentication,
  });
  const record: DomainNameRecord = {
    DomainName: name,
    ApiMappingSelectionExpression: '$request.basepath',
    DomainNameConfigurations: [configuration(context.region, input.DomainNameConfigurations?.[0])],
    ...(mutualTls && { MutualTlsAuthentication: mutualTls }),
    RoutingMode: 'API_MAPPING_ONLY',
    Tags: input.Tags ?? {},
    Region: context.region,
  };
  await retried(async () => {
    if (await deps.store.get(domainNameKey(name))) {
      throw conflict('The domain name resource already exists.');
    }
    const arn = input.DomainNameConfigurations?.[0]?.CertificateArn;
    await deps.store.commit([
      { op: 'put', key: domainNameKey(name), value: { region: context.region }, expect: 0 },
      { op: 'put', key: domainKey(context.region, name), value: record, expect: 0 },
      ...(await certificateWrites(deps.store, context, { domainName: name, arn })),
    ]);
  });
  await announceDomain(deps, { domainName: name });
  return domainView(record);
};

/** What would silently not be enforced is refused instead. */
function refuseUnbuilt({
  RoutingMode = 'API_MAPPING_ONLY',
}: {
  readonly RoutingMode?: string;
}): void {
  if (RoutingMode !== 'API_MAPPING_ONLY') throw notImplemented(`RoutingMode ${RoutingMode}`);
}

/** What is kept of a configuration. The date of an upload is of certificates that edge-optimized domains are given. */
function kept(given: GivenConfiguration = {}): Omit<GivenConfiguration, 'CertificateUploadDate'> {
  return without(given, 'CertificateUploadDate');
}

/** A configuration with what AWS adds. Nobody has to prove a name here, so it is available at once. */
function configuration(region: string, given: GivenConfiguration | undefined): Configuration {
  return {
    EndpointType: 'REGIONAL',
    SecurityPolicy: 'TLS_1_2',
    IpAddressType: 'ipv4',
    ...kept(given),
    ApiGatewayDomainName: `d-${newResourceId(10)}.execute-api.${region}.amazonaws.com`,
    DomainNameStatus: 'AVAILABLE',
    HostedZoneId: hostedZoneOf(region),
  };
}

/** A hosted zone id in AWS's shape, the same for every domain of a region. */
function hostedZoneOf(region: string): string {
  return `Z${createHash('sha256').update(region).digest('hex').slice(0, 13).toUpperCase()}`;
}

const getDomainName: V2Operation<'GetDomainName'> = async ({ deps }, input, context) =>
  domainView((await needDomain(deps.store, context, input.DomainName)).value);

const getDomainNames: V2Operation<'GetDomainNames'> = async ({ deps }, input, context) => {
  const list = { partition: domainsOf(context.region) };
  return pageOutput(await readPage<DomainNameRecord>(deps.store, input, list), domainView);
};

const updateDomainName: V2Operation<'UpdateDomainName'> = async ({ deps }, input, context) => {
  checkPatch('DomainName', input, { limits: deps.limits, required: ['RoutingMode'] });
  refuseUnbuilt(input);
  const record = await retried(async () => {
    const { key, value, version } = await needDomain(deps.store, context, input.DomainName);
    const { MutualTlsAuthentication: old, ...others } = patchedDomain(value, input);
    const { DomainNameConfigurations: configurations, MutualTlsAuthentication: given } = input;
    const mutualTls = await mutualTlsOf(deps, context, {
      domainName: value.DomainName,
      input: given,
      ...(old && { old }),
    });
    const next = { ...others, ...(mutualTls && { MutualTlsAuthentication: mutualTls }) };
    const named = { domainName: value.DomainName, arn: configurations?.[0]?.CertificateArn };
    await deps.store.commit([
      { op: 'put', key, value: next, expect: version },
      ...(await certificateWrites(deps.store, context, named)),
    ]);
    return next;
  });
  await announceDomain(deps, { domainName: record.DomainName });
  return domainView(record);
};

/** The names that clients use stay what they are. */
function patchedDomain(
  old: DomainNameRecord,
  input: V2Input<'UpdateDomainName'>,
): DomainNameRecord {
  const [given] = input.DomainNameConfigurations ?? [];
  if (given === undefined) return old;
  const [before] = old.DomainNameConfigurations as readonly Configuration[];
  const { ApiGatewayDomainName, DomainNameStatus, HostedZoneId } = before ?? {};
  const fixed = present({ ApiGatewayDomainName, DomainNameStatus, HostedZoneId });
  return { ...old, DomainNameConfigurations: [{ ...before, ...kept(given), ...fixed }] };
}

/** Takes the domain's mappings along, as AWS does. */
const deleteDomainName: V2Operation<'DeleteDomainName'> = async ({ deps }, input, context) => {
  const { DomainName: name } = input;
  await retried(async () => {
    const { key, version } = await needDomain(deps.store, context, name);
    await deps.store.commit([
      { op: 'delete', key, expect: version },
      { op: 'delete', key: domainNameKey(name) },
    ]);
  });
  const mappings = await deps.store.list(mappingsOf(name));
  for (const { key } of mappings.items) await deps.store.commit([{ op: 'delete', key }]);
  await announceDomain(deps, { domainName: name });
};

function domainView(record: DomainNameRecord): V2Item<'GetDomainNames'> {
  const { Region, MutualTlsAuthentication, ...members } = record;
  return {
    ...(members as V2Item<'GetDomainNames'>),
    ...(MutualTlsAuthentication && {
      MutualTlsAuthentication: mutualTlsView(MutualTlsAuthentication),
    }),
    DomainNameArn: `arn:aws:apigateway:${Region}::/domainnames/${record.DomainName}`,
  };
}

/** Operations of this file. */
export const DOMAIN_OPERATIONS = {
  CreateDomainName: createDomainName,
  GetDomainName: getDomainName,
  GetDomainNames: getDomainNames,
  UpdateDomainName: updateDomainName,
  DeleteDomainName: deleteDomainName,
} satisfies Partial<V2Operations>;
