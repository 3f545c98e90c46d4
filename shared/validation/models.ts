// The models of an api, compiled: each by its name, referring to the others by API Gateway's addresses of models.
import { DefinitionError } from '#shared/exchange/errors.ts';
import type { ModelRecord } from '#shared/model/records.ts';
import { Run, ValidationLimit, type Check } from './run.ts';
import { SchemaDocument } from './schema.ts';

/** Says what is wrong with a value that came in `bytes` bytes; `undefined` when it fits. */
export type Validator = (value: unknown, bytes: number) => string | undefined;

/** How models refer to each other. AWS guide: models-mappings-models. */
export const MODEL_REFERENCE =
  /^https:\/\/apigateway\.amazonaws\.com\/restapis\/([^/#]+)\/models\/([A-Za-z0-9]+)(#.*)?$/;

/** The compiled models of one api; each is compiled when it is first asked for. */
export class Models {
  readonly #apiId: string;
  readonly #records: ReadonlyMap<string, ModelRecord>;
  readonly #documents = new Map<string, SchemaDocument>();
  /** References into other models that have been met and not been followed yet. */
  readonly #pending: (() => void)[] = [];

  constructor(apiId: string, records: readonly ModelRecord[]) {
    this.#apiId = apiId;
    this.#records = new Map(records.map((record) => [record.Name, record]));
  }

  /** Compiles all of them; throws `DefinitionError` with the name of one that can check nothing. */
  prove(): void {
    for (const name of this.#records.keys()) this.validator(name);
  }

  /** The validator of the model `name`. Throws `DefinitionError`. */
  validator(name: string): Validator {
    try {
      const validator = validatorOf(this.#document(name).check());
      for (let follow = this.#pending.pop(); follow; follow = this.#pending.pop()) follow();
      return validator;
    } catch (error) {
      // Half a schema must not be found again.
      this.#documents.clear();
      this.#pending.length = 0;
      if (!(error instanceof DefinitionError)) throw error;
      throw new DefinitionError(`Model ${name}: ${error.message}`, { cause: error });
    }
  }

  #document(name: string): SchemaDocument {
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    const record = this.#records.get(name);
    if (record === undefined)
      throw new DefinitionError(`there is no model ${JSON.stringify(name)}`);
    const document = new SchemaDocument({
      document: parse(record.Schema),
      foreign: (reference) => this.#foreign(reference),
    });
    this.#documents.set(name, document);
    return document;
  }

  /** Followed once the document that has it is compiled, so that models may refer to each other. */
  #foreign(reference: string): Check | undefined {
    const [, apiId, name, pointer] = MODEL_REFERENCE.exec(reference) ?? [];
    if (name === undefined) return undefined;
    if (apiId !== this.#apiId || !this.#records.has(name)) {
      throw new DefinitionError(`${reference} is no model of this api`);
    }
    let check: Check = () => false;
    this.#pending.push(() => {
      check = this.#document(name).check(pointer);
    });
    return (value, run) => check(value, run);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DefinitionError('the schema is not JSON', { cause: error });
  }
}

/** The longest text of faults, in characters. */
const FAULT_CHARACTERS = 4096;

/** Checks for a fault first and looks for all of them only when there is one. */
function validatorOf(check: Check): Validator {
  return (value, bytes) => {
    const limit = refusal(check, new Run(bytes), value);
    if (limit === undefined) return undefined;
    const faults: string[] = [];
    refusal(check, new Run(bytes, faults), value);
    return `[${(faults.length === 0 ? limit : faults.join(', ')).slice(0, FAULT_CHARACTERS)}]`;
  };
}

/** `undefined` when `value` fits; else the limit that was met, empty when it was none. */
function refusal(check: Check, run: Run, value: unknown): string | undefined {
  try {
    return run.enter(check, value) ? undefined : '';
  } catch (error) {
    if (error instanceof ValidationLimit) return error.message;
    throw error;
  }
}
