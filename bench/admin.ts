// Requests in AWS's form to a node without configured credentials, which lets every signature in.
import { request as httpRequest, type Agent as HttpAgent } from 'node:http';
import { request as httpsRequest, type Agent as HttpsAgent } from 'node:https';

/** A POST as a client of an AWS service sends it. */
export interface AwsRequest {
  readonly url: URL;
  /** Connections to send it on. */
  readonly agent: HttpAgent | HttpsAgent;
  /** Service of the credential scope, by which the admin listener finds whom it is for. */
  readonly service: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. */
export interface AwsAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends a POST and reads its whole answer. */
export function postAws({ url, agent, service, body, headers }: AwsRequest): Promise<AwsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<AwsAnswer>();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const scope = `AKIDBENCH00000000000/20260101/us-east-1/${service}/aws4_request`;
  const signed = {
    'content-length': Buffer.byteLength(body),
    'x-amz-date': '20260101T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
    ...headers,
  };
  const asked = send(url, { agent, method: 'POST', headers: signed }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.once('error', reject);
    answer.on('end', () => {
      resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    });
  });
  asked.once('error', reject);
  asked.end(body);
  return promise;
}
