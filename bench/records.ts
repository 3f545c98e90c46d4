// Counts a node's records of connections, by its admin listener's DynamoDB.
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { ACCESS_KEY, SECRET_KEY } from './push-request.ts';

/** All records there are, of all nodes on the same tables. */
export async function countRecords(admin: string, ca: string): Promise<number> {
  // Half a second to load: only for those who count.
  const { DynamoDBClient, paginateScan } = await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient({
    endpoint: admin,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(ca) }) },
  });
  const scan = { TableName: 'postern-connections', Select: 'COUNT', ConsistentRead: true } as const;
  let count = 0;
  for await (const page of paginateScan({ client }, scan)) count += page.Count ?? 0;
  client.destroy();
  return count;
}
