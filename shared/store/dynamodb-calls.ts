// Calls of DynamoDB past its SDK: what may pass is tried again, a refusal is an error under its name.
import { setTimeout as sleep } from 'node:timers/promises';

/** What DynamoDB has answered: a status of HTTP, and JSON. */
export interface DynamoDbAnswer {
  readonly status: number;
  readonly body: string;
}

/** The way to a DynamoDB. */
export interface DynamoDbTransport {
  /** Asks once for `operation` with `body`, the JSON of its input. Rejects when no answer comes. */
  ask(operation: string, body: string): Promise<DynamoDbAnswer>;
}

/** An answer that is an error, in the SDK's shape: `name` is that of the exception. */
export class DynamoDbAnswerError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
  /** Of a cancelled transaction: a code for each of its actions. */
  readonly reasons: readonly { readonly Code?: string }[];

  constructor(status: number, body: ErrorBody) {
    const { __type: type = `HTTP ${status}`, message, Message = '' } = body;
    super(message ?? Message);
    this.name = type.slice(type.indexOf('#') + 1);
    this.$metadata = { httpStatusCode: status };
    this.reasons = body.CancellationReasons ?? [];
  }
}

const MAX_ATTEMPTS = 4;
const FIRST_RETRY_MS = 50;

/** Exceptions of status 400 that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  // The answer to a transaction was lost, and it is still at work.
  'TransactionInProgressException',
]);

/** Calls of one DynamoDB. */
export class DynamoDbCalls {
  readonly #transport: DynamoDbTransport;
  #closed = false;

  constructor(transport: DynamoDbTransport) {
    this.#transport = transport;
  }

  /**
   * The text of the answer to `operation` with `body`, its JSON. As the SDK does, tries four times where an error may
   * pass (no answer, 5xx, throttling). Throws `DynamoDbAnswerError`, or what the transport failed with.
   */
  async call(operation: string, body: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#transport.ask(operation, body);
        if (answer.status === 200) return answer.body;
        throw new DynamoDbAnswerError(answer.status, parsed(answer.body));
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || this.#closed || !mayPass(error)) throw error;
      }
      await sleep(FIRST_RETRY_MS * 2 ** (attempt - 1) * Math.random());
    }
  }

  /** Nothing is tried again from now on. */
  close(): void {
    this.#closed = true;
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof DynamoDbAnswerError)) return true;
  return error.$metadata.httpStatusCode >= 500 || PASSING.has(error.name);
}

/** `{"__type":"…#Name","message":"…"}`; what is no such JSON (a proxy's page) is told by its status. */
type ErrorBody = Readonly<Partial<Record<'__type' | 'message' | 'Message', string>>> & {
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
};

function parsed(text: string): ErrorBody {
  try {
    return (JSON.parse(text) as ErrorBody | null) ?? {};
  } catch {
    return {};
  }
}
