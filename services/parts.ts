// The parts of a node's data plane, made from its configuration and back ends: functions, stages, sockets, pushes.
import { CertificateService } from '#services/acm/service.ts';
import type { KeyVault } from '#services/acm/vault.ts';
import { NodeBroadcaster } from '#services/broadcaster/broadcaster.ts';
import { ConnectionService } from '#services/connection/connection-service.ts';
import type { LambdaService } from '#services/lambda/service.ts';
import { Router } from '#services/router/router.ts';
import { clientSignatures } from '#shared/aws-api/client-signature.ts';
import type { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import type { CertificateIssuer, Sealer } from '#shared/model/certificates.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { Traffic } from '#shared/runtime/traffic.ts';
import { canonicalSuffix } from '#shared/stage/address.ts';
import { closeStage, compileStage, type StageDeps } from '#shared/stage/compile.ts';
import { CustomDomains } from '#shared/stage/domains.ts';
import { LiveStageSource } from '#shared/stage/source.ts';
import { UsageLedger } from '#shared/stage/usage/ledger.ts';
import { UsagePlans } from '#shared/stage/usage/plans.ts';
import { AccessLogs } from './access-logs.ts';
import { serviceDirectory } from './aws-services.ts';
import type { Backends } from './backends.ts';
import { clientIdentities } from './client-identities.ts';
import type { Config } from './config.ts';
import { createFunctions, type NodeAddresses } from './functions.ts';
import type { Output } from './output.ts';

/** What the parts are made of. */
export interface PartsDeps {
  readonly nodeId: string;
  readonly backends: Backends;
  readonly credentials: Credentials;
  readonly issuer: CertificateIssuer;
  readonly vault: KeyVault;
  readonly clock: Clock;
  readonly output: Output;
  /** Asked when they are needed: ports are known late. */
  readonly addresses: () => NodeAddresses;
}

/** What a running node consists of beside its listeners. */
export interface Parts {
  readonly backends: Backends;
  readonly sealer: Sealer;
  readonly verifier: SigV4Verifier;
  readonly functions: LambdaService;
  readonly domains: CustomDomains;
  readonly certificates: CertificateService;
  readonly usagePlans: UsagePlans;
  readonly usageLedger: UsageLedger;
  readonly stages: LiveStageSource;
  readonly stageDeps: StageDeps;
  readonly traffic: Traffic;
  readonly accessLogs: AccessLogs;
  readonly connections: ConnectionService;
  readonly broadcaster: NodeBroadcaster;
}

/** Makes the parts; nothing is started. */
export function createParts(config: Config, deps: PartsDeps): Parts {
  const { backends, clock, nodeId, output } = deps;
  const { store, bus } = backends;
  const { logger } = output;
  const verifier = new SigV4Verifier(deps.credentials);
  const stageLogger = logger.child('stage');
  const domains = new CustomDomains({
    ...{ store: store.resources, blobs: store.blobs, bus, clock, logger: stageLogger },
  });
  const certificates = createCertificates(config, deps, domains);
  const functions = createFunctions(config, {
    ...deps,
    logger: logger.child('lambda'),
    domainNames: () => domains.names,
  });
  const stageDeps: StageDeps = {
    ...{ invoker: functions.invoker, authenticate: clientSignatures(verifier) },
    ...{ clock, limits: config.limits, logger: stageLogger },
    ...{ services: serviceDirectory(config, backends), vpcLinks: config.vpcLinks },
    findIdentity: clientIdentities(store.resources, deps.vault),
  };
  const traffic = new Traffic();
  const accessLogs = new AccessLogs({
    files: config.accessLogs,
    output: (line) => output.accessLine(line),
    logger: logger.child('access'),
  });
  const stages = createStages(config, deps, { stageDeps, traffic, accessLogs, domains });
  const usage = createUsage(deps);
  const connections = createConnections(config, deps, { stages, usagePlans: usage.usagePlans });
  const broadcaster = new NodeBroadcaster({
    ...{ nodeId, bus, limits: config.limits },
    hub: connections.hub,
  });
  return {
    ...{ backends, sealer: deps.vault, verifier, functions, domains, certificates, ...usage },
    ...{ stages, stageDeps, traffic, accessLogs, connections, broadcaster },
  };
}

function createCertificates(
  { account, region, certificates: files }: Config,
  { backends, clock, issuer, output, vault }: PartsDeps,
  domains: CustomDomains,
): CertificateService {
  return new CertificateService({
    ...{ store: backends.store.resources, blobs: backends.store.blobs, bus: backends.bus },
    ...{ clock, issuer, vault, files, region, accountId: account },
    exclusive: backends.embedded,
    logger: output.logger.child('certificates'),
    namesWith: (arn) => domains.namesWith(arn),
  });
}

function createStages(
  { publicUrl }: Config,
  { backends, clock, output, addresses }: PartsDeps,
  parts: Pick<Parts, 'stageDeps' | 'traffic' | 'accessLogs' | 'domains'>,
): LiveStageSource {
  const { stageDeps, traffic, accessLogs, domains } = parts;
  const { logger } = stageDeps;
  // Stages that are only proved are seen by nobody.
  const serving: StageDeps = {
    ...stageDeps,
    traffic,
    accessLog: accessLogs.write,
    executionLog: output.logger.child('execution'),
  };
  const stages = new LiveStageSource({
    ...{ store: backends.store.resources, blobs: backends.store.blobs, bus: backends.bus },
    ...{ clock, logger, domains },
    compile: (live, snapshot) => compileStage(live, snapshot, serving),
    retire: (stage) => {
      closeStage(stage).catch((error: unknown) => logger.warn('not closed', { error }));
    },
    domainSuffix: () => canonicalSuffix(addresses().gatewayPort, publicUrl),
  });
  stages.onDeleted((apiId, stageName) => traffic.forget(apiId, stageName));
  return stages;
}

function createUsage({ backends, clock, output }: PartsDeps) {
  const { store, bus, limiter, usageCounts } = backends;
  const usage = { store: store.resources, clock, logger: output.logger.child('usage') };
  const usageLedger = new UsageLedger({ ...usage, ...(usageCounts && { shared: usageCounts }) });
  const usagePlans = new UsagePlans({ ...usage, bus, limiter, ledger: usageLedger });
  return { usageLedger, usagePlans };
}

function createConnections(
  { limits, compression }: Config,
  { backends, clock, nodeId, output }: PartsDeps,
  { stages, usagePlans }: Pick<Parts, 'stages' | 'usagePlans'>,
): ConnectionService {
  const { logger } = output;
  const router = new Router({
    ...{ clock, limits, limiter: backends.limiter, apiKeys: usagePlans },
    logger: logger.child('router'),
  });
  return new ConnectionService({
    ...{ nodeId, router, stages, clock, limits, deflate: compression },
    store: backends.store.connections,
    logger: logger.child('connections'),
  });
}
