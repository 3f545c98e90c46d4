// The fronts of the admin listener, in the order in which they are asked, and the figures they tell.
import type { IncomingMessage } from 'node:http';
import type { CertificateService } from '#services/acm/service.ts';
import type { ConnectionService } from '#services/connection/connection-service.ts';
import { UsageEdits } from '#services/control-plane/definitions/usage-edits.ts';
import { controlPlaneFront } from '#services/control-plane/front.ts';
import { v1Handlers } from '#services/control-plane/handlers/v1/handlers.ts';
import { controlPlane } from '#services/control-plane/handlers/v2/handlers.ts';
import type { AdminEndpoint } from '#services/deploy/clients.ts';
import { StackFront } from '#services/deploy/stack-front.ts';
import { DynamoDbFront } from '#services/dynamodb/front.ts';
import { lambdaFronts } from '#services/lambda/front.ts';
import { newClientIdentity } from '#services/edge/client-identity.ts';
import type { LambdaService } from '#services/lambda/service.ts';
import type { TailFront } from '#services/tail/tail-front.ts';
import type { AwsEndpoint } from '#shared/aws-api/endpoint.ts';
import { requirePermissions } from '#shared/aws-api/permission.ts';
import type { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { createObjectSource } from '#shared/integration/objects.ts';
import type { Sealer } from '#shared/model/certificates.ts';
import type { AdminFront } from '#shared/model/services.ts';
import type { LiveStage, Snapshot, StageChanged } from '#shared/model/snapshot.ts';
import { TestClock, type Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { Metrics } from '#shared/runtime/metrics.ts';
import type { Traffic } from '#shared/runtime/traffic.ts';
import { compileStage, type StageDeps } from '#shared/stage/compile.ts';
import type { CustomDomains, DomainChanged } from '#shared/stage/domains.ts';
import type { LiveStageSource } from '#shared/stage/source.ts';
import type { PlanKey } from '#shared/model/usage.ts';
import type { UsageChanged } from '#shared/stage/usage/changes.ts';
import type { UsageLedger } from '#shared/stage/usage/ledger.ts';
import type { UsagePlans } from '#shared/stage/usage/plans.ts';
import type { Backends } from './backends.ts';
import type { Config } from './config.ts';
import { metricsFront, testFront } from './own-fronts.ts';
import { resetNode } from './reset.ts';

/** What the fronts stand on. */
export interface FrontParts {
  readonly tail: TailFront;
  readonly backends: Backends;
  readonly sealer: Sealer;
  readonly verifier: SigV4Verifier;
  readonly functions: LambdaService;
  readonly stageDeps: StageDeps;
  readonly traffic: Traffic;
  readonly domains: CustomDomains;
  readonly certificates: CertificateService;
  readonly usagePlans: UsagePlans;
  readonly usageLedger: UsageLedger;
  readonly stages: LiveStageSource;
  readonly connections: ConnectionService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `https://localhost:8443`, asked with each request. */
  readonly gateway: () => string;
  /** The admin listener itself, as a client of this process reaches it. */
  readonly endpoint: () => AdminEndpoint;
}

/** The fronts and what has to be done with them before the node is ready. */
export interface AdminFronts {
  readonly fronts: readonly AdminFront[];
  /** The AWS services among them: `load` proves that every operation is accounted for. */
  readonly services: readonly AwsEndpoint[];
  /** Makes the automatic deployments that a crash has left out; once, when store, bus and stages have started. */
  resume(): Promise<void>;
}

/** Makes the fronts of a node. */
export function adminFronts(config: Config, parts: FrontParts): AdminFronts {
  const { backends, verifier, functions } = parts;
  const { dynamodbUrl, own } = backends;
  const options = {
    verifier,
    accountId: config.account,
    limits: config.limits,
    logger: parts.logger,
  };
  const deps = controlDeps(config, parts);
  const usageEdits = new UsageEdits(deps);
  const plane = controlPlane(deps, usageEdits);
  const handlers = { v1: v1Handlers(deps, usageEdits), v2: plane.handlers };
  const control = controlPlaneFront(handlers, { ...options, limiter: backends.limiter });
  const acm = parts.certificates.front(options);
  const lambda = lambdaFronts(functions, () => parts.endpoint().url, options);
  const stacks = new StackFront({
    ...{ store: backends.store.resources, blobs: backends.store.blobs },
    ...{ verifier, accountId: config.account, logger: parts.logger },
    gateway: parts.gateway,
    now: Date.now,
  });
  const database =
    dynamodbUrl?.startsWith('http://') === true
      ? [
          new DynamoDbFront(() => dynamodbUrl, parts.logger.child('dynamodb'), {
            ...{ verifier, own },
            accountId: config.account,
          }),
        ]
      : [];
  const metrics = metricsFront(metricsOf(parts));
  return {
    fronts: [
      metrics,
      parts.tail,
      ...testFronts(config, parts),
      stacks,
      lambda.downloads,
      ...database,
      control,
      lambda.api,
      acm,
    ],
    services: [control, lambda.api, acm],
    resume: () => plane.resume(),
  };
}

/** AWS names no longest truststore; a thousand certificates fit. */
const LONGEST_TRUSTSTORE = 1_048_576;

function controlDeps({ buckets, limits }: Config, parts: FrontParts) {
  const { store, bus } = parts.backends;
  const { clock, stageDeps } = parts;
  return {
    ...{ store: store.resources, blobs: store.blobs, bus, clock, limits },
    logger: parts.logger.child('control-plane'),
    ...{ newIdentity: newClientIdentity, sealer: parts.sealer },
    objects: createObjectSource({
      ...{ buckets, clock, services: stageDeps.services, longest: LONGEST_TRUSTSTORE },
    }),
    applied: ({ apiId, stageName }: StageChanged) => parts.stages.refresh(apiId, stageName),
    usageApplied: (change: UsageChanged) => parts.usagePlans.refresh(change),
    flushUsage: (keys: readonly PlanKey[]) => parts.usageLedger.flush(keys),
    domainApplied: ({ domainName }: DomainChanged) => parts.domains.refresh(domainName),
    prove: (live: LiveStage, snapshot: Snapshot) => void compileStage(live, snapshot, stageDeps),
  };
}

/** With `--test` only. */
function testFronts(config: Config, parts: FrontParts): AdminFront[] {
  const { test, tablePrefix, credentials } = config;
  const { clock, logger, backends } = parts;
  if (!test || !(clock instanceof TestClock)) return [];
  const reset = () =>
    resetNode(parts.endpoint(), {
      store: backends.store.resources,
      tablePrefix: backends.embedded ? tablePrefix : undefined,
      reloadUsage: () => parts.usagePlans.load(),
      reloadCertificates: () => parts.certificates.reload(),
    });
  const isOpen = credentials === undefined;
  const authorize = testAccess(parts.verifier, config.account);
  return [testFront({ clock, logger, reset, ...(isOpen ? {} : { authorize }) })];
}

/** Where credentials are, also a test node does only for those who have them what cannot be undone. */
function testAccess(verifier: SigV4Verifier, accountId: string) {
  return (request: IncomingMessage, body: string): void => {
    const { method = '', url = '', rawHeaders } = request;
    const wire = { method, url, rawHeaders, body: Buffer.from(body) };
    const { principal, region } = verifier.verify(wire, 'postern');
    const action = url.endsWith('/reset') ? 'postern:Reset' : 'postern:AdvanceClock';
    requirePermissions([{ action, resource: '*' }], {
      ...{ principal, region, accountId, rawHeaders },
      remoteAddress: request.socket.remoteAddress,
    });
  };
}

function metricsOf({ certificates, connections, functions, traffic }: FrontParts): Metrics {
  const metrics = new Metrics();
  metrics.gauge('postern_connections', 'Open WebSocket connections of this node.', () => {
    return connections.hub.size;
  });
  metrics.gauge('postern_function_environments', 'Processes that run functions.', () => {
    return functions.environments;
  });
  metrics.section(() => traffic.text());
  metrics.section(() => certificates.keeper.metrics());
  return metrics;
}
