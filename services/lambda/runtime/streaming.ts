// `awslambda`: response streams of handlers, gathered into one answer since invocations here are buffered.
import { isUtf8 } from 'node:buffer';
import { Writable } from 'node:stream';
import type { HandlerFunction } from './load.ts';

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const METADATA = Symbol('postern.http-metadata');

/** What a handler says of its HTTP answer before the body. */
interface HttpMetadata {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

/** The stream a streaming handler writes to. */
export class ResponseStream extends Writable {
  readonly #chunks: Buffer[] = [];
  [METADATA]: HttpMetadata | undefined;

  setContentType(_type: string): void {
    // Buffered invocations carry no content type.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  /** Everything written; as a proxy answer when the handler gave HTTP metadata. */
  payload(): Buffer {
    const body = Buffer.concat(this.#chunks);
    const metadata = this[METADATA];
    if (metadata === undefined) return body;
    const isBase64Encoded = !isUtf8(body);
    const text = body.toString(isBase64Encoded ? 'base64' : 'utf8');
    return Buffer.from(
      JSON.stringify({ statusCode: 200, ...metadata, body: text, isBase64Encoded }),
    );
  }
}

/** A streaming handler's answer: bytes that are not turned into JSON again. */
export class StreamedPayload {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** Puts `awslambda` on globalThis, unless the function's environment asks not to. */
export function installStreaming(): void {
  if (process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA !== undefined) return;
  Reflect.set(globalThis, 'awslambda', {
    streamifyResponse: (handler: HandlerFunction, options?: { highWaterMark?: number }) => {
      Reflect.set(handler, STREAMING, 'response');
      Reflect.set(handler, WATER_MARK, options?.highWaterMark);
      return handler;
    },
    HttpResponseStream: {
      from: (stream: ResponseStream, metadata: HttpMetadata) => {
        stream[METADATA] = metadata;
        return stream;
      },
    },
  });
}

/** Whether `handler` went through `streamifyResponse`. */
export function isStreaming(handler: HandlerFunction): boolean {
  return Reflect.get(handler, STREAMING) === 'response';
}

/** Runs a streaming handler to its end and answers what it wrote. */
export async function runStreaming(
  handler: HandlerFunction,
  event: unknown,
  context: unknown,
): Promise<StreamedPayload> {
  const stream = new ResponseStream();
  const failed = new Promise<never>((_resolve, reject) => stream.once('error', reject));
  const running = handler(event, stream, context);
  if (!(running instanceof Promise)) {
    throw new Error('Streaming does not support non-async handlers.');
  }
  await Promise.race([running, failed]);
  if (stream.errored !== null) throw stream.errored;
  if (!stream.writableEnded) throw new Error('Response stream is not finished.');
  if (!stream.writableFinished) {
    await Promise.race([new Promise((resolve) => stream.once('finish', resolve)), failed]);
  }
  return new StreamedPayload(stream.payload());
}
