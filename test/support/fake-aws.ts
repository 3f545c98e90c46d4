// Stand-ins for the SDK clients of the deployer: they remember every call and answer as a tiny account would.
import type { DeployClients } from '#services/deploy/clients.ts';
import { StackBusyError } from '#services/deploy/state.ts';
import type { NodeFacts, StackSession, StackState, StackStore } from '#services/deploy/state.ts';

type Input = Readonly<Record<string, unknown>>;
type Answer = Record<string, unknown>;

/** One remembered call. */
export type Call = readonly [operation: string, input: Input];

/** Fake clients, what they were asked, and how to make them misbehave. */
export interface FakeAws {
  readonly clients: DeployClients;
  readonly calls: Call[];
  /** Operation → error to throw instead of answering, once. */
  readonly failures: Map<string, Error>;
  /** Operation → members that its answer has besides. */
  readonly answers: Map<string, Answer>;
  /** Names of tables that hold data. */
  readonly filled: Set<string>;
  /** Operations called since the last time, without those that only read. */
  changes(): string[];
}

const READS = /^(get|describe|list|scan)/;

/** An AWS error as the SDK throws it. */
export function awsError(name: string, message: string = name): Error {
  return Object.assign(new Error(message), { name });
}

/** Fresh fakes. Ids are the operation's noun with a number: `route1`, `integration2`. */
export function fakeAws(): FakeAws {
  const calls: Call[] = [];
  const failures = new Map<string, Error>();
  const answers = new Map<string, Answer>();
  const filled = new Set<string>();
  const tables = new Map<string, Input>();
  const statements: string[] = [];
  const counts = new Map<string, number>();
  let read = 0;

  const known: Record<string, (input: Input) => Answer> = {
    createTable: (input) => {
      tables.set(String(input['TableName']), input);
      return {};
    },
    deleteTable: (input) => {
      tables.delete(String(input['TableName']));
      return {};
    },
    describeTable: ({ TableName }) => {
      const table = tables.get(String(TableName));
      if (table === undefined) throw awsError('ResourceNotFoundException');
      const TableArn = `arn:aws:dynamodb:eu-west-1:1:table/${String(TableName)}`;
      const list = (table['GlobalSecondaryIndexes'] ?? []) as Input[];
      const GlobalSecondaryIndexes = list.map((one) => ({ ...one, IndexStatus: 'ACTIVE' }));
      return { Table: { ...table, GlobalSecondaryIndexes, TableStatus: 'ACTIVE', TableArn } };
    },
    scan: ({ TableName }) => ({ Items: filled.has(String(TableName)) ? [{}] : [] }),
    createFunction: ({ FunctionName }) => ({
      FunctionArn: `arn:aws:lambda:eu-west-1:1:function:${String(FunctionName)}`,
    }),
    addPermission: ({ StatementId }) => {
      statements.push(String(StatementId));
      return {};
    },
    getPolicy: () => ({ Policy: JSON.stringify(statements) }),
    getFunctionConfiguration: () => ({ State: 'Active', LastUpdateStatus: 'Successful' }),
  };

  const create = (operation: string): Answer => {
    const noun = operation.slice('create'.length);
    const count = (counts.get(noun) ?? 0) + 1;
    counts.set(noun, count);
    const id = `${noun.charAt(0).toLowerCase()}${noun.slice(1)}${count}`;
    return { [`${noun}Id`]: id, ...(noun === 'Api' ? { ApiEndpoint: `wss://${id}.aws` } : {}) };
  };

  const call = async (operation: string, input: Input): Promise<Answer> => {
    calls.push([operation, input]);
    const failure = failures.get(operation);
    failures.delete(operation);
    if (failure !== undefined) throw failure;
    const answer = known[operation]?.(input) ?? {};
    const made = operation.startsWith('create') ? create(operation) : {};
    return { ...made, ...answer, ...answers.get(operation) };
  };

  const client = (): unknown =>
    new Proxy(
      {},
      {
        get: (_target, operation: string) => {
          if (operation === 'then') return undefined; // it is no promise
          return operation === 'destroy'
            ? () => undefined
            : (input: Input) => call(operation, input);
        },
      },
    );
  const clients = {
    gateway: client(),
    rest: async () => client(),
    certificates: async () => client(),
    lambda: client(),
    dynamodb: client(),
    destroy: () => undefined,
  } as unknown as DeployClients;
  const changes = (): string[] => {
    const fresh = calls.slice(read).map(([operation]) => operation);
    read = calls.length;
    return fresh.filter((operation) => !READS.test(operation));
  };
  return { clients, calls, failures, answers, filled, changes };
}

/** Stacks in memory, one deployer at a time. */
export class MemoryStacks implements StackStore {
  readonly states = new Map<string, StackState>();
  readonly #locked = new Set<string>();

  async facts(): Promise<NodeFacts> {
    return { accountId: '111122223333', region: 'eu-west-1', gateway: 'https://localhost:8443' };
  }

  async open(name: string): Promise<StackSession> {
    if (this.#locked.has(name)) throw new StackBusyError(name);
    this.#locked.add(name);
    const { states } = this;
    const unlock = (): void => void this.#locked.delete(name);
    return {
      get state() {
        return states.get(name);
      },
      save: async (state) => void states.set(name, JSON.parse(JSON.stringify(state)) as StackState),
      remove: async () => {
        states.delete(name);
        unlock();
      },
      close: async () => unlock(),
    };
  }
}
