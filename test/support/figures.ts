// The figures of a node's `/metrics`, as Prometheus reads them.
import { get } from 'node:https';
import type { TestNode } from './node.ts';

/** Values by series: `name{label="…"}`. */
export async function figuresOf(node: TestNode): Promise<ReadonlyMap<string, number>> {
  const text = await new Promise<string>((resolve, reject) => {
    get(`${node.ready.admin}/metrics`, { agent: node.agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
  const rows = text.split('\n').flatMap((row): [string, number][] => {
    const at = row.lastIndexOf(' ');
    return row.startsWith('postern_') ? [[row.slice(0, at), Number(row.slice(at + 1))]] : [];
  });
  return new Map(rows);
}
