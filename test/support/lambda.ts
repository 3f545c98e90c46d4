// A function service over stores in memory, and functions made of a few files, for tests.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { functionKey } from '#services/lambda/functions.ts';
import type { FunctionRecord } from '#services/lambda/function-record.ts';
import type { FunctionLogLine } from '#services/lambda/log.ts';
import { LambdaService } from '#services/lambda/service.ts';
import type { LambdaOptions } from '#services/lambda/service.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import type { FunctionRef, InvokeOptions, InvokeResult } from '#shared/model/functions.ts';
import { OPEN_LIMITS } from '#shared/model/limits.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { Logger } from '#shared/runtime/logger.ts';
import type { LogLine } from '#shared/runtime/logger.ts';
import { MemoryBlobStore, MemoryResourceStore } from './memory-store.ts';

const ACCOUNT = '000000000000';
const REGION = 'eu-west-1';

/** Files of a function by path; text, or bytes. */
export type FunctionFiles = Readonly<Record<string, string | Uint8Array>>;

/** A zip of `files`. */
export function zipOf(files: FunctionFiles): Buffer {
  const entries = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? strToU8(content) : content,
  ]);
  return Buffer.from(zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>));
}

/** A record with AWS's defaults. */
export function functionRecord(given: Partial<FunctionRecord> = {}): FunctionRecord {
  const FunctionName = given.FunctionName ?? 'fn';
  return {
    FunctionName,
    Region: REGION,
    Runtime: 'nodejs22.x',
    Role: `arn:aws:iam::${ACCOUNT}:role/lambda`,
    Handler: 'index.handler',
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    CodeHash: createHash('sha256').digest('hex'),
    CodeSize: 0,
    LastModified: 0,
    RevisionId: randomUUID(),
    Tags: {},
    Architectures: ['x86_64'],
    EphemeralStorageSize: 512,
    TracingMode: 'PassThrough',
    LogGroup: `/aws/lambda/${FunctionName}`,
    LogFormat: 'Text',
    ...given,
  };
}

/** A started service with what it logged. */
export interface TestLambda {
  readonly service: LambdaService;
  readonly lines: readonly FunctionLogLine[];
  readonly log: readonly LogLine[];
  readonly accountId: string;
  readonly region: string;
  readonly dataDir: string;
  /** Stores a function; again: as a new revision. */
  define(files: FunctionFiles, given?: Partial<FunctionRecord>): Promise<FunctionRef>;
  invoke(ref: FunctionRef, event: unknown, options?: InvokeOptions): Promise<InvokeResult>;
  /** The answer parsed, with the kind of function error beside it. */
  ask(ref: FunctionRef, event: unknown): Promise<{ error: string | undefined; answer: unknown }>;
  close(): Promise<void>;
}

/** Starts a service in a folder of its own; `close` ends and removes it. */
export async function startLambda(
  given: Partial<LambdaOptions> & { readonly clock?: Clock } = {},
): Promise<TestLambda> {
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-lambda-'));
  const lines: FunctionLogLine[] = [];
  const log: LogLine[] = [];
  const logger = new Logger((line) => log.push(line), 'lambda');
  const { clock = systemClock, ...options } = given;
  const service = new LambdaService(
    {
      store: new MemoryResourceStore(),
      blobs: new MemoryBlobStore(),
      bus: new MemoryBus(new MemoryHub(), logger),
      clock,
      logger,
      functionLog: (line) => lines.push(line),
    },
    {
      dataDir,
      accountId: ACCOUNT,
      limits: OPEN_LIMITS,
      permissions: 'warn',
      variables: () => ({
        credentials: { accessKeyId: 'AKIDFN', secretAccessKey: 'secret', sessionToken: 'token' },
        endpoints: {},
      }),
      ...options,
    },
  );
  await service.start();
  const define: TestLambda['define'] = async (files, values = {}) => {
    const zip = zipOf(files);
    const record = functionRecord({
      ...values,
      CodeHash: await service.code.put(zip, functionKey({ region: REGION, name: 'any' })),
      CodeSize: zip.length,
    });
    const { FunctionName: name } = record;
    const stored = await service.functions.get({ region: REGION, name });
    await service.functions.put(record, stored?.version ?? 0);
    await service.registry.refresh({ region: REGION, name });
    return { region: REGION, accountId: ACCOUNT, name };
  };
  const invoke: TestLambda['invoke'] = (ref, event, how = {}) =>
    service.invoker.invoke(ref, JSON.stringify(event), how);
  const ask: TestLambda['ask'] = async (ref, event) => {
    const { functionError, payload } = await invoke(ref, event);
    return { error: functionError, answer: JSON.parse(payload.toString('utf8')) as unknown };
  };
  const close = async (): Promise<void> => {
    await service.stop('test');
    await rm(dataDir, { recursive: true, force: true });
  };
  return {
    service,
    lines,
    log,
    accountId: ACCOUNT,
    region: REGION,
    dataDir,
    define,
    invoke,
    ask,
    close,
  };
}
