// `ListTables` without the tables that its caller is not to see: full pages of the others.
import { operationModules, type Data } from './dynalite.ts';
import { checked, read, type Engine } from './engine.ts';

const LONGEST_PAGE = 100;

/** AWS: amazondynamodb API_ListTables. */
export async function listTables(
  engine: Engine,
  input: Data,
  { hidden = [] }: { readonly hidden?: readonly string[] },
): Promise<Data> {
  const { action, validation } = operationModules('ListTables');
  const data = checked(engine, input, validation);
  const most = Number(data['Limit'] ?? LONGEST_PAGE);
  const found: string[] = [];
  let start: Data = {};
  for (;;) {
    const page = await answer(read(engine, action, { ...data, ...start }));
    found.push(...page.TableNames.filter((name) => !hidden.includes(name)));
    const { LastEvaluatedTableName: last } = page;
    if (found.length > most || (found.length === most && last !== undefined)) {
      const kept = found.slice(0, most);
      return { TableNames: kept, LastEvaluatedTableName: kept.at(-1) };
    }
    if (last === undefined) return { TableNames: found };
    start = { ExclusiveStartTableName: last };
  }
}

interface Page {
  readonly TableNames: readonly string[];
  readonly LastEvaluatedTableName?: string;
}

async function answer(output: Promise<Data | string>): Promise<Page> {
  const value = await output;
  return (typeof value === 'string' ? JSON.parse(value) : value) as Page;
}
