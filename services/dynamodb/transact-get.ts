// TransactGetItems: up to a hundred items as they are at one moment.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
import { action, validation, type Data, type Validation } from './dynalite.ts';
import { checked, type Engine } from './engine.ts';
import { cancelled, toFailure, typeOf } from './failure.ts';
import { dynaliteStore, readAccess } from './store.ts';

const { types, custom } = validation('GetItem');
const getItem = action('GetItem');

const INPUT: Validation = {
  types: {
    ReturnConsumedCapacity: types['ReturnConsumedCapacity'],
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      children: {
        type: 'ValueStruct<TransactGetItem>',
        children: {
          Get: {
            type: 'ValueStruct<Get>',
            notNull: true,
            children: {
              TableName: types['TableName'],
              Key: types['Key'],
              ProjectionExpression: types['ProjectionExpression'],
              ExpressionAttributeNames: types['ExpressionAttributeNames'],
            },
          },
        },
      },
    },
  },
  custom: (data, store) => {
    for (const { Get } of data['TransactItems'] as { Get: Data }[]) {
      const message = custom?.(Get, store);
      if (typeof message === 'string') return message;
    }
    return undefined;
  },
};

/** Runs the operation. Missing items are empty answers. */
export async function transactGetItems(engine: Engine, input: Data): Promise<Data> {
  const data = checked(engine, input, INPUT);
  const gets = (data['TransactItems'] as { Get: Data }[]).map(({ Get }) => Get);
  return engine.disk.getAll((get) => {
    const store = dynaliteStore(engine.disk, readAccess(get), engine.place);
    const outcomes = gets.map((one) => outcome((done) => getItem(store, one, done)));
    const reasons = outcomes.map(({ reason }) => reason);
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    return { Responses: outcomes.map(({ response }) => response) };
  });
}

/** Runs a reading action that answers at once. A missing table ends the request, a bad key is a reason. */
function outcome(run: (done: (error: unknown, output?: Data) => void) => void): {
  response: Data;
  reason: { Code: string; Message?: string };
} {
  let response: Data = {};
  let reason: { Code: string; Message?: string } = { Code: 'None' };
  run((error, output) => {
    if (error instanceof Error) {
      const failed = toFailure(error);
      if (typeOf(failed) !== 'ValidationException') throw failed;
      reason = { Code: 'ValidationError', Message: failed.message };
    } else if (output?.['Item'] !== undefined) {
      response = { Item: output['Item'] };
    }
  });
  return { response, reason };
}
