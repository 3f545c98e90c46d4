// What is remembered of a stack between deployments: which resources it has and what they were made from.
import type { Made } from './resources/resource-type.ts';

/** A resource of a stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly made: Made;
  /** Hash of each property it was made from; never the properties, which may hold secrets. */
  readonly hashes: Readonly<Record<string, string>>;
  /** `DeletionPolicy: Retain` when it was last deployed. */
  readonly retain: boolean;
}

/** Where the last deployment of a stack stands. */
export type StackStatus = 'DEPLOYING' | 'DEPLOYED' | 'FAILED';

/** A stack. JSON; kept on the node by the stack front. */
export interface StackState {
  readonly name: string;
  /** AWS::StackId */
  readonly id: string;
  readonly status: StackStatus;
  /** Epoch milliseconds of the last change. */
  readonly updatedAt: number;
  readonly resources: readonly StackResource[];
  /** Replaced by others, and still to be removed. */
  readonly leftovers: readonly StackResource[];
  /**
   * Logical ids that the running deployment still has to make, in their order. After a crash the first of them may
   * exist without being remembered.
   */
  readonly pending: readonly string[];
  /** Api ids whose definitions have changed since they were last frozen. */
  readonly dirty: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Dialable addresses by `{apiId}/{stage}`. */
  readonly urls: Readonly<Record<string, string>>;
}

/** What a deployer must know of the node it speaks to. */
export interface NodeFacts {
  readonly accountId: string;
  readonly region: string;
  /** Base of the gateway's path addresses: `https://localhost:8443`. */
  readonly gateway: string;
}

/** A stack held by one deployer: nobody else changes it until `close`, or until the lock lapses. */
export interface StackSession {
  /** As last saved; absent when there is no such stack. */
  readonly state: StackState | undefined;
  /** Saves and keeps the lock. Throws `StackBusyError` when the lock was lost. */
  save(state: StackState): Promise<void>;
  /** Forgets the stack and gives up the lock. */
  remove(): Promise<void>;
  /** Gives up the lock. */
  close(): Promise<void>;
}

/** Port of the stacks of one node and region. */
export interface StackStore {
  facts(): Promise<NodeFacts>;
  /** Locks a stack. Throws `StackBusyError` when somebody else is deploying it. */
  open(name: string): Promise<StackSession>;
}

/** Another deployment of the same stack is running. */
export class StackBusyError extends Error {}

/** Service name in the credential scope of requests for stacks. */
export const SIGNING_NAME = 'cloudformation';

/** Stack names that AWS takes; they become parts of resource names. */
export const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;
