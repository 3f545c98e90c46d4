// Makes apis, stages and routes on a running node, by the calls that the SDK would send.
import { postAws } from './admin.ts';
import type { BenchNode } from './node.ts';

/** What shall be there. Every api has one MOCK echo route `mock`, as the bench's scenarios want it. */
export interface Definitions {
  readonly apis: number;
  /** Stages of each api; the first is called `bench`, as the scenarios' addresses want it. */
  readonly stages: number;
  /** Routes of each api, `mock` among them. */
  readonly routes: number;
}

/** How it went. */
export interface Made {
  /** Ids of the apis, in the order of their making. */
  readonly apiIds: readonly string[];
  readonly calls: number;
  readonly seconds: number;
}

/** Apis made at once; the calls of one api follow each other, as a deployer's do. */
const APIS_AT_ONCE = 4;

/** Makes everything and deploys it to every stage; rejects with the first call that is not answered 2xx. */
export async function makeDefinitions(node: BenchNode, wanted: Definitions): Promise<Made> {
  const plane = new ControlPlane(node);
  const started = performance.now();
  const apiIds = Array.from({ length: wanted.apis }, (_, at) => `bench-api-${at}`);
  const waiting = apiIds.values();
  const worker = async (): Promise<void> => {
    for (const apiId of waiting) await makeApi(plane, apiId, wanted);
  };
  await Promise.all(Array.from({ length: APIS_AT_ONCE }, worker));
  return { apiIds, calls: plane.calls, seconds: (performance.now() - started) / 1000 };
}

async function makeApi(
  plane: ControlPlane,
  apiId: string,
  { stages, routes }: Definitions,
): Promise<void> {
  await plane.post('/v2/apis', {
    name: apiId,
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
    tags: { _custom_id_: apiId },
  });
  const target = await mockIntegration(plane, apiId);
  for (let at = 0; at < routes; at++) {
    await twoWayRoute(plane, apiId, { routeKey: at === 0 ? 'mock' : `route-${at}`, target });
  }
  const { deploymentId } = await plane.post(`/v2/apis/${apiId}/deployments`, {});
  for (let at = 0; at < stages; at++) {
    const stageName = at === 0 ? 'bench' : `stage-${at}`;
    await plane.post(`/v2/apis/${apiId}/stages`, { stageName, deploymentId });
  }
}

/** Answers every message with itself; the target of routes. */
async function mockIntegration(plane: ControlPlane, apiId: string): Promise<string> {
  const path = `/v2/apis/${apiId}/integrations`;
  const templateSelectionExpression = '\\$default';
  const { integrationId } = await plane.post(path, {
    integrationType: 'MOCK',
    templateSelectionExpression,
    requestTemplates: { $default: '{"statusCode":200}' },
  });
  await plane.post(`${path}/${integrationId}/integrationresponses`, {
    integrationResponseKey: '$default',
    templateSelectionExpression,
    responseTemplates: { $default: '$input.body' },
  });
  return `integrations/${integrationId}`;
}

async function twoWayRoute(
  plane: ControlPlane,
  apiId: string,
  route: { readonly routeKey: string; readonly target: string },
): Promise<void> {
  const path = `/v2/apis/${apiId}/routes`;
  const { routeId } = await plane.post(path, {
    ...route,
    routeResponseSelectionExpression: '$default',
  });
  await plane.post(`${path}/${routeId}/routeresponses`, { routeResponseKey: '$default' });
}

/** The node's control plane, counting the calls. */
class ControlPlane {
  calls = 0;
  readonly #node: BenchNode;

  constructor(node: BenchNode) {
    this.#node = node;
  }

  async post(path: string, input: object): Promise<Record<string, string>> {
    this.calls++;
    const { admin, agent } = this.#node;
    const { status, body } = await postAws({
      url: new URL(path, admin),
      agent,
      service: 'apigateway',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    if (status >= 300) throw new Error(`POST ${path} was answered ${status}: ${body}`);
    return JSON.parse(body) as Record<string, string>;
  }
}
