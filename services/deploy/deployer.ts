// Deploys templates to a node through its admin endpoint only: plan, lock the stack, make, remember.
import { randomUUID } from 'node:crypto';
import { createClients } from './clients.ts';
import type { AdminEndpoint, DeployClients } from './clients.ts';
import type { StackIdentity } from './environment.ts';
import { TemplateError } from './faults.ts';
import { Execution, ResourceError } from './execution.ts';
import type { Plan } from './plan.ts';
import { planTemplate } from './plan.ts';
import { Removal } from './removal.ts';
import { StackClient } from './stack-client.ts';
import { StackLedger } from './stack-ledger.ts';
import { STACK_NAME } from './state.ts';
import type { NodeFacts, StackSession, StackState, StackStore } from './state.ts';

/** What to deploy. */
export interface DeployRequest {
  readonly text: string;
  /** Name of the template's file, for messages. */
  readonly file: string;
  /** Folder that local paths in the template are relative to. */
  readonly folder: string;
  readonly stack: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Leave out resources of types that are not supported, instead of refusing the template. */
  readonly skipUnsupported?: boolean;
  /** Allow tables with data to be removed or replaced. */
  readonly deleteData?: boolean;
}

/** What a deployment brought. */
export interface DeployResult {
  readonly stack: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Dialable addresses by `{apiId}/{stage}`. */
  readonly urls: Readonly<Record<string, string>>;
  /** What the user should know: things without effect, things skipped, new deployments. */
  readonly messages: readonly string[];
  /** What was done: `created Api`; empty when nothing had changed. */
  readonly changes: readonly string[];
  /** Absolute paths of the code of its functions, for whoever watches them. */
  readonly codePaths: readonly string[];
}

/** A deployment that ended before its time. The next one continues where it stopped. */
export class DeployError extends Error {
  /** What was done before. */
  readonly done: readonly string[];

  constructor(message: string, done: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.done = done;
  }
}

/** What a deployer works with. */
export interface DeployerOptions {
  readonly clients: DeployClients;
  readonly stacks: StackStore;
  /** Epoch milliseconds. Default: the wall clock. */
  readonly now?: () => number;
}

/** Deploys and removes stacks on one node in one region. */
export class Deployer {
  readonly #clients: DeployClients;
  readonly #stacks: StackStore;
  readonly #now: () => number;

  constructor({ clients, stacks, now = Date.now }: DeployerOptions) {
    this.#clients = clients;
    this.#stacks = stacks;
    this.#now = now;
  }

  /** Closes the clients' sockets. */
  close(): void {
    this.#clients.destroy();
  }

  /**
   * Makes or updates a stack. Throws `TemplateError` before anything is made, `StackBusyError` while another
   * deployment runs, and `DeployError` with what was done when a step fails.
   */
  async deploy(request: DeployRequest): Promise<DeployResult> {
    const { stack } = request;
    if (!STACK_NAME.test(stack)) {
      const message = `the stack's name ${JSON.stringify(stack)} must begin with a letter and have letters, digits and hyphens`;
      throw new TemplateError(request.file, [{ path: '', message }]);
    }
    const facts = await this.#stacks.facts();
    const newId = stackId(stack, facts);
    planTemplate({ ...request, identity: { name: stack, id: newId, ...facts } });
    return this.#locked(stack, async (session) => {
      const id = session.state?.id ?? newId;
      const identity: StackIdentity = { name: stack, id, ...facts };
      const plan = planTemplate({ ...request, identity });
      const ledger = this.#ledger(session, identity);
      return this.#run(request, { plan, identity, ledger, facts });
    });
  }

  /** Removes a stack with everything in it. Throws as `deploy`; nothing happens when there is no such stack. */
  async remove(stack: string, options: { readonly deleteData?: boolean } = {}): Promise<void> {
    const facts = await this.#stacks.facts();
    await this.#locked(stack, async (session) => {
      if (session.state === undefined) return;
      const identity: StackIdentity = { name: stack, id: session.state.id, ...facts };
      const ledger = this.#ledger(session, identity);
      const say = (): void => undefined;
      const removal = new Removal({
        plan: { resources: [] },
        ledger,
        deleteData: options.deleteData ?? false,
        say,
        contextOf: (logicalId) => ({
          logicalId,
          stack: identity,
          clients: this.#clients,
          folder: '.',
          say,
        }),
      });
      await this.#failing(ledger, async () => {
        await removal.refuseLossOfData();
        await removal.removeRest();
      });
      await session.remove();
    });
  }

  /** The lock goes with success and failure alike; a failure to unlock must not hide what happened. */
  async #locked<T>(stack: string, work: (session: StackSession) => Promise<T>): Promise<T> {
    const session = await this.#stacks.open(stack);
    let result: T;
    try {
      result = await work(session);
    } catch (error) {
      await session.close().catch(() => undefined);
      throw error;
    }
    await session.close();
    return result;
  }

  #ledger(session: StackSession, { name, id }: StackIdentity): StackLedger {
    const fresh: StackState = {
      name,
      id,
      status: 'DEPLOYING',
      updatedAt: this.#now(),
      resources: [],
      leftovers: [],
      pending: [],
      dirty: [],
      outputs: {},
      urls: {},
    };
    return new StackLedger(session, { ...fresh, ...session.state }, this.#now);
  }

  async #run(
    request: DeployRequest,
    { plan, identity, ledger, facts }: Running,
  ): Promise<DeployResult> {
    const messages = new Set(plan.messages);
    const execution = new Execution({
      plan,
      identity,
      clients: this.#clients,
      folder: request.folder,
      ledger,
      deleteData: request.deleteData ?? false,
      say: (message) => void messages.add(message),
    });
    await this.#failing(ledger, () => execution.run());
    const outputs = execution.outputs();
    const urls = urlsOf(ledger, facts.gateway);
    await ledger.finish({ status: 'DEPLOYED', outputs, urls });
    const { codePaths } = plan;
    const changes = ledger.done;
    return { stack: request.stack, outputs, urls, messages: [...messages], changes, codePaths };
  }

  async #failing(ledger: StackLedger, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      await ledger.finish({ status: 'FAILED' }, unansweredIn(error));
      const message = error instanceof Error ? error.message : String(error);
      throw new DeployError(message, ledger.done, { cause: error });
    }
  }
}

/** The resource whose making was never answered; an answer with a status says that nothing was made. */
function unansweredIn(error: unknown): string | undefined {
  if (!(error instanceof ResourceError)) return undefined;
  const cause = error.cause as { readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = cause?.$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? undefined : error.logicalId;
}

interface Running {
  readonly plan: Plan;
  readonly identity: StackIdentity;
  readonly ledger: StackLedger;
  readonly facts: NodeFacts;
}

/** A deployer for the node behind `endpoint`. Close it after use. */
export function openDeployer(endpoint: AdminEndpoint): Deployer {
  return new Deployer({ clients: createClients(endpoint), stacks: new StackClient(endpoint) });
}

function stackId(name: string, { region, accountId }: NodeFacts): string {
  return `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${randomUUID()}`;
}

/** The addresses that every client can dial, by path: names under localhost do not resolve everywhere. */
function urlsOf(ledger: StackLedger, gateway: string): Record<string, string> {
  const http = new Set(
    ledger.resources
      .filter(({ made }) => made.keys['ProtocolType'] === 'HTTP')
      .map(({ made }) => made.ref),
  );
  const stages = ledger.resources.filter(({ type }) => type === 'AWS::ApiGatewayV2::Stage');
  return Object.fromEntries(
    stages.map(({ made }) => {
      const apiId = made.keys['ApiId'] ?? '';
      const base = http.has(apiId) ? gateway : gateway.replace(/^http/, 'ws');
      return [`${apiId}/${made.ref}`, `${base}/_aws/execute-api/${apiId}/${made.ref}`];
    }),
  );
}
