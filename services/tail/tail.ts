// `postern tail`: prints a running node's lines as they come.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import type { FeedLine } from './line-feed.ts';
import { TAIL_PATH, TAIL_SIGNING_NAME } from './tail-front.ts';

/** Whose lines, and how to print them. */
export interface TailOptions {
  readonly url: string;
  readonly ca?: string;
  readonly region: string;
  readonly credentials: AccessKeys;
  /** Kinds of lines with commas between: access, function, log. Absent: all. */
  readonly events?: string;
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** Ends the tail. */
  readonly signal: AbortSignal;
}

/** Resolves when `signal` ends it; rejects when the node refuses, cannot be reached, or goes away. */
export async function tail(options: TailOptions): Promise<void> {
  try {
    const answer = await open(options);
    if (answer.statusCode !== 200) throw new Error(await refusalOf(answer));
    for await (const text of createInterface({ input: answer })) print(text, options);
  } catch (error) {
    if (options.signal.aborted) return;
    throw error;
  }
  if (!options.signal.aborted) throw new Error('the node has ended the tail');
}

function open(options: TailOptions): Promise<IncomingMessage> {
  const { ca, region, credentials, events, signal } = options;
  const query = events === undefined ? '' : `?events=${encodeURIComponent(events)}`;
  const url = new URL(`${TAIL_PATH}${query}`, options.url);
  const headers = new RequestSigner(credentials, TAIL_SIGNING_NAME).sign(
    {
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      host: url.host,
      headers: {},
      body: new Uint8Array(),
    },
    region,
  );
  const trust = ca === undefined ? {} : { ca };
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    send(url, { headers, signal, ...trust }, resolve)
      .on('error', reject)
      .end();
  });
}

async function refusalOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) text += chunk.toString();
  return `the node answered ${answer.statusCode}: ${text}`;
}

function print(text: string, { json, write }: TailOptions): void {
  write(json ? `${text}\n` : `${readable(JSON.parse(text) as FeedLine)}\n`);
}

/** Time, kind with what it is about, message; a message of several lines keeps to its own. */
function readable(line: FeedLine): string {
  const { event, time, message } = line;
  const about = [line['level'], line['component'], line['functionName']].filter(
    (part) => typeof part === 'string',
  );
  const head = `${time.slice(11, 23)} ${[event, ...about].join(' ')}: `;
  return `${head}${message.replaceAll(/\r\n|[\n\r]/g, `\n${head}`)}`;
}
