// The property Domain of AWS::Serverless::WebSocketApi: a domain name, and a mapping for each base path.
import { createHash } from 'node:crypto';
import { child } from './faults.ts';
import { generated } from './generated.ts';
import { canonicalJson, isList, isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { SamContext } from './sam.ts';
import type { ResourceDeclaration } from './sections.ts';

const PROPERTIES = [
  'BasePath',
  'CertificateArn',
  'DomainName',
  'EndpointConfiguration',
  'Route53',
  'SecurityPolicy',
];

/**
 * AWS: SAM developer guide, WebSocketApiDomainConfiguration. The ids are SAM's: `ApiGatewayDomainNameV2` with a hash of
 * the name, `{api}{path}ApiMapping`. Records of Route 53 are left out: DNS is not this gateway's.
 */
export function domainResources(
  declared: ResourceDeclaration,
  stageId: string,
  { faults, say }: SamContext,
): ResourceDeclaration[] {
  const place = child(declared.path, 'Properties.Domain');
  const domain = declared.properties['Domain'];
  if (domain === undefined) return [];
  if (!isObject(domain)) {
    faults.add(place, 'must be a map');
    return [];
  }
  for (const name of Object.keys(domain)) {
    if (!PROPERTIES.includes(name)) faults.add(child(place, name), `there is no property ${name}`);
  }
  if (domain['Route53'] !== undefined) say(`${place}.Route53 has no effect.`);
  const { DomainName, CertificateArn, EndpointConfiguration = 'REGIONAL' } = domain;
  if (DomainName === undefined || CertificateArn === undefined) {
    faults.add(place, 'needs DomainName and CertificateArn');
    return [];
  }
  if (EndpointConfiguration !== 'REGIONAL') {
    faults.add(child(place, 'EndpointConfiguration'), 'must be REGIONAL');
  }
  const id = `ApiGatewayDomainNameV2${hashOf(DomainName)}`;
  const name = generated(declared, id, ['AWS::ApiGatewayV2::DomainName', nameOf(domain)]);
  const tools = { domainId: id, stageId, paths: pathsOf(domain['BasePath']) };
  return [name, ...mappingsOf(declared, tools)];
}

function nameOf({ DomainName = '', CertificateArn = '', SecurityPolicy }: JsonObject): JsonObject {
  const configuration = {
    EndpointType: 'REGIONAL',
    CertificateArn,
    ...(SecurityPolicy === undefined ? {} : { SecurityPolicy }),
  };
  return {
    DomainName,
    DomainNameConfigurations: [configuration],
    Tags: { 'websocketapi:createdBy': 'SAM' },
  };
}

/** No base path is the domain as a whole. */
function pathsOf(given: Json | undefined): readonly Json[] | undefined {
  if (given === undefined) return undefined;
  return isList(given) ? given : [given];
}

function mappingsOf(
  declared: ResourceDeclaration,
  {
    domainId,
    stageId,
    paths,
  }: {
    readonly domainId: string;
    readonly stageId: string;
    readonly paths: readonly Json[] | undefined;
  },
): ResourceDeclaration[] {
  const { logicalId } = declared;
  const mapping = (id: string, key: JsonObject): ResourceDeclaration =>
    generated(declared, id, [
      'AWS::ApiGatewayV2::ApiMapping',
      {
        ApiId: { Ref: logicalId },
        DomainName: { Ref: domainId },
        Stage: { Ref: stageId },
        ...key,
      },
    ]);
  if (paths === undefined) return [mapping(`${logicalId}ApiMapping`, {})];
  return paths.map((path, at) => {
    const known = typeof path === 'string' ? path : `path${at}`;
    const marked = known === '/' ? 'Root' : known.replaceAll(/[^A-Za-z0-9]/g, '');
    const key = typeof path === 'string' ? path.replaceAll(/^\/|\/$/g, '') : path;
    return mapping(`${logicalId}${marked}ApiMapping`, key === '' ? {} : { ApiMappingKey: key });
  });
}

function hashOf(name: Json): string {
  const text = typeof name === 'string' ? name : canonicalJson(name);
  return createHash('sha1').update(text).digest('hex').slice(0, 10);
}
