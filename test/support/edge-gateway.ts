// A gateway listener on a free port with its own CA, one WebSocket and one HTTP stage, and fronts that say what they got.
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuthority } from '#services/edge/ca.ts';
import type { CertificateAuthority } from '#services/edge/ca.ts';
import { Gateway } from '#services/edge/gateway.ts';
import type { GatewayOptions } from '#services/edge/gateway.ts';
import { Leaves } from '#services/edge/leaves.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { ProtocolType } from '#shared/model/records.ts';
import type { Front } from '#shared/model/services.ts';
import type { Stage, StageMatch, StageSource } from '#shared/model/stage.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { parseAddress } from '#shared/stage/address.ts';

/** Answers 200 and tells front, path and domain name as JSON; upgrades get a bare line and stay open. */
export function tellingFront(name: string): Required<Front> {
  const tell = (request: IncomingMessage, { path, domainName, stage }: StageMatch): string =>
    JSON.stringify({ front: name, method: request.method, path, domainName, stage: stage.name });
  return {
    handle: (request, response, match) => void response.end(tell(request, match)),
    upgrade: (request, socket, head, match) =>
      void socket.write(`HTTP/1.1 101 Switching\r\n\r\n${tell(request, match)}${head.toString()}`),
  };
}

const PROTOCOLS: Readonly<Record<string, ProtocolType>> = { ws1: 'WEBSOCKET', http1: 'HTTP' };

/** Stage `prod` of the apis `ws1` and `http1`. */
export const twoStages: StageSource = {
  resolve: (host, path) => {
    const address = parseAddress(host, path);
    const protocol = PROTOCOLS[address?.apiId ?? ''];
    if (address?.stageName !== 'prod' || protocol === undefined) return undefined;
    const stage = { apiId: address.apiId, name: 'prod', protocol } as Stage;
    return { stage, path: address.rest, domainName: host };
  },
  get: () => undefined,
  onDeleted: () => undefined,
};

/** Path forms of the two stages. */
export const WS = '/_aws/execute-api/ws1/prod';
export const HTTP = '/_aws/execute-api/http1/prod';

/** What `startGateway` made. */
export interface RunningGateway {
  readonly gateway: Gateway;
  readonly authority: CertificateAuthority;
  stop(): Promise<void>;
}

/** Starts a gateway; `options` replace its defaults. */
export async function startGateway(
  options: Partial<GatewayOptions> & { readonly plain?: boolean } = {},
): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-edge-'));
  const authority = await openAuthority(folder);
  const { plain = false, ...rest } = options;
  const gateway = new Gateway({
    ...{ host: '127.0.0.1', port: 0, stages: twoStages, limits: AWS_LIMITS, drainMs: 2000 },
    fronts: { WEBSOCKET: tellingFront('websocket') },
    management: tellingFront('management'),
    logger: silentLogger,
    ...(plain ? {} : { leaves: new Leaves({ authority, logger: silentLogger }) }),
    ...rest,
  });
  const clean = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await gateway.start().catch(async (error: unknown) => {
    await clean();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await gateway.stop('test');
    await clean();
  };
  return { gateway, authority, stop };
}

/** An HTTPS answer, read whole. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One request over its own connection, trusting `ca`. */
export function get(
  url: string,
  ca: string,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      url,
      { ca, servername: 'localhost', agent: false, ...options },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    request.on('error', reject).end();
  });
}
