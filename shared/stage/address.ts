// The addresses of the data plane: Host and path → api, region, stage and what follows.

/** An execute-api address, cut but not decoded. `rest` keeps its leading slash; empty when nothing follows. */
export interface Address {
  readonly form: 'host' | 'path';
  readonly apiId: string;
  /** Only the host form names one. */
  readonly region?: string;
  /** First path segment; empty when there is none. */
  readonly stageName: string;
  readonly rest: string;
}

const MARK = '.execute-api.';
const PREFIX = '/_aws/execute-api/';

/**
 * Cuts `{apiId}.execute-api.{region}.{anything}[:port]` with `/{stage}/…`, or any other host with
 * `/_aws/execute-api/{apiId}/{stage}/…`; `undefined` for everything else. Host names are compared as DNS does,
 * regardless of case; where the host is an execute-api name the path is never read as the path form.
 * AWS guide: how-to-call-api, "Invoke REST APIs in API Gateway".
 */
export function parseAddress(host: string, path: string): Address | undefined {
  const dot = host.indexOf('.');
  if (dot > 0) {
    if (host.startsWith(MARK, dot)) return byHost(host, dot, path);
    const lower = host.toLowerCase();
    if (lower.startsWith(MARK, dot)) return byHost(lower, dot, path);
  }
  return path.startsWith(PREFIX) ? byPath(path) : undefined;
}

/**
 * `requestContext.domainName` where the client used an execute-api name: the name as written, with its port unless
 * that is 443, so that `https://${domainName}/${stage}` reaches this gateway again.
 */
export function domainNameOfHost(host: string): string {
  return host.endsWith(':443') ? host.slice(0, -4) : host;
}

/**
 * What follows `{apiId}.execute-api.{region}.` in the canonical name of an api: host and port of the public URL, or
 * `localhost` and the gateway's port. Left out when the port is 443.
 */
export function canonicalSuffix(port: number, publicUrl?: string): string {
  if (publicUrl === undefined) return port === 443 ? 'localhost' : `localhost:${port}`;
  const { hostname, port: written, protocol } = new URL(publicUrl);
  const effective = written === '' && protocol === 'http:' ? '80' : written;
  return effective === '' || effective === '443' ? hostname : `${hostname}:${effective}`;
}

function byHost(host: string, dot: number, path: string): Address | undefined {
  const from = dot + MARK.length;
  const end = host.indexOf('.', from);
  if (end <= from || end === host.length - 1 || host[end + 1] === ':') return undefined;
  const cut = stageEnd(path, 0);
  return {
    form: 'host',
    apiId: host.slice(0, dot),
    region: host.slice(from, end),
    stageName: path.slice(1, cut),
    rest: path.slice(cut),
  };
}

function byPath(path: string): Address | undefined {
  const slash = path.indexOf('/', PREFIX.length);
  const end = slash < 0 ? path.length : slash;
  if (end === PREFIX.length) return undefined;
  const cut = stageEnd(path, end);
  return {
    form: 'path',
    apiId: path.slice(PREFIX.length, end),
    stageName: path.slice(end + 1, cut),
    rest: path.slice(cut),
  };
}

/** Where the segment ends that begins behind the slash at `from`. */
function stageEnd(path: string, from: number): number {
  const slash = path.indexOf('/', from + 1);
  return slash < 0 ? path.length : slash;
}
