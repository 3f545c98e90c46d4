// A function as it lies in the store, and what belongs to it.
import type { StringMap } from '#shared/model/records.ts';

/** Runtimes that run here: all of AWS's Node.js ones, on this node's own Node.js. */
export type NodeRuntime = `nodejs${number}.x`;

/** A function; members as AWS's `FunctionConfiguration`, dates in epoch milliseconds. */
export interface FunctionRecord {
  readonly FunctionName: string;
  readonly Region: string;
  readonly Runtime: NodeRuntime;
  readonly Role: string;
  readonly Handler: string;
  readonly Description: string;
  /** Seconds. */
  readonly Timeout: number;
  /** Megabytes. */
  readonly MemorySize: number;
  /** Lower-case hex SHA-256 of the zip: its name in the blob store and in the folder of unpacked code. */
  readonly CodeHash: string;
  readonly CodeSize: number;
  readonly LastModified: number;
  readonly RevisionId: string;
  readonly Environment?: StringMap;
  readonly Tags: StringMap;
  readonly Architectures: readonly string[];
  readonly EphemeralStorageSize: number;
  readonly TracingMode: string;
  readonly LogGroup: string;
  readonly LogFormat: string;
  readonly KMSKeyArn?: string;
  readonly DeadLetterTargetArn?: string;
  readonly VpcConfig?: {
    readonly SubnetIds: readonly string[];
    readonly SecurityGroupIds: readonly string[];
  };
}

/** A statement of a function's resource policy, as `GetPolicy` shows it. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The resource policy of a function (of `$LATEST`). */
export interface PolicyRecord {
  readonly RevisionId: string;
  readonly Statement: readonly PolicyStatement[];
}

/** ARN of a function without a qualifier. */
export function functionArn(region: string, accountId: string, name: string): string {
  return `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}
